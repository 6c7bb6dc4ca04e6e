#include "gui/preview.h"

#include <cmath>

namespace auscult::gui {

std::vector<Detection> events_in(const History& history, const EventPolicy& policy) {
  if (!validate(policy)) return {};
  EventDetector detector(policy);
  std::vector<Detection> events;
  const auto take = [&](const std::optional<Detection>& detection) {
    if (detection && detection->ended) events.push_back(*detection);
  };
  for (std::int64_t column = history.first_column(); column < history.end_column(); ++column) {
    const HopRecord& record = history.record(column);
    const bool judged = record.present && std::isfinite(record.fused) && record.state != AlarmState::not_running &&
                        record.state != AlarmState::warming_up;
    take(detector.push(
        {.time_s = history.start_of(column + 1), .fused = static_cast<double>(record.fused), .judged = judged}));
  }
  take(detector.finish());
  return events;
}

}  // namespace auscult::gui
