#include "monitor/event_report.h"

#include <utility>

namespace auscult {

EventRecord make_record(const EventNotice& notice, const Model& model, std::string model_name, std::string source, std::string run) {
  const Event& event = notice.event;
  const auto detector = static_cast<std::size_t>(event.peak_detector);
  EventRecord record;
  record.ref = {std::move(run), event.id};
  record.ended = notice.edge == EventEdge::ended;
  record.start_s = event.start_s;
  record.end_s = event.end_s;
  record.peak_score = event.peak_score;
  record.peak_s = event.peak_s;
  record.threshold = event.threshold;
  if (detector < model.detectors.size()) record.detector = model.detectors[detector].config.name;
  record.bands = notice.bands;
  record.wall_time_ms = notice.wall_time_ms;
  record.source = std::move(source);
  record.model_name = std::move(model_name);
  record.model_digest = model.training.digest;
  record.clip = notice.clip;
  return record;
}

std::string event_json(const EventNotice& notice, const Model& model, const std::string& source) {
  return to_json(make_record(notice, model, "", source, ""));
}

}  // namespace auscult
