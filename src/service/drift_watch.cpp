#include "service/drift_watch.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/log.h"
#include "events/event_kind.h"

namespace auscult {
namespace {

using nlohmann::json;

constexpr std::int64_t kMsAnHour = 3'600'000;

std::string text_of(double u) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", u);
  return text;
}

// Proposes; what is normal is decided by people.
std::string advice(const DriftDetector& detector, const std::string& model) {
  const auto& latest = detector.state().latest;
  return "normal sound has changed slowly: median score " + text_of(latest[0]) + " instead of " +
         text_of(detector.reference(0)) + ", 90 % quantile " + text_of(latest[1]) + " instead of " +
         text_of(detector.reference(1)) +
         ". Examine the machine and the microphone. If this is a normal state: " + "auscult adapt " + model +
         ".safetensors CLIPS -o NEW.safetensors, or auscult refit to train again with it";
}

}  // namespace

DriftWatch::DriftWatch(DriftWatchOptions options, std::int64_t now_ms)
    : options_(std::move(options)), period_began_ms_(now_ms) {
  load(now_ms);
}

void DriftWatch::load(std::int64_t now_ms) {
  std::ifstream in(options_.file, std::ios::binary);
  if (!in) return;
  try {
    const json state = json::parse(std::string((std::istreambuf_iterator<char>(in)), {}));
    run_ = state.at("run").get<std::string>();
    event_began_ms_ = state.at("event_began_ms");
    if (state.at("model") != options_.model_mark || state.at("hours") != options_.hours) return;
    DriftDetector::State known;
    known.reference = state.at("reference").get<std::vector<DriftDetector::Values>>();
    known.sums = state.at("sums");
    known.latest = state.at("latest");
    known.drifted = state.at("drifted");
    ScoreHistogram scores;
    for (const auto& [u, times] : state.at("scores").get<std::vector<std::pair<double, std::uint64_t>>>())
      scores.add(u, times);
    period_began_ms_ = std::min(state.at("period_began_ms").get<std::int64_t>(), now_ms);
    scores_ = std::move(scores);
    detector_ = DriftDetector(std::move(known));
  } catch (const json::exception& error) {
    log(LogLevel::warning, options_.file.string() + ": is damaged, and the drift of " + options_.source +
                               " is watched from the beginning: " + error.what());
  }
}

Event DriftWatch::event(std::int64_t now_ms) const {
  Event event;
  event.ref = {run_, 1};
  event.detector = kDriftDetector;
  event.source = options_.source;
  event.model_name = options_.model;
  event.wall_time_ms = event_began_ms_;
  event.end_s = static_cast<double>(now_ms - event_began_ms_) / 1000.0;
  event.peak_score = detector_.state().latest[0];
  event.threshold = detector_.reference(0);
  return event;
}

std::optional<Event> DriftWatch::poll(std::int64_t now_ms, bool wait) {
  const auto length = static_cast<std::int64_t>(options_.hours * kMsAnHour);
  const std::int64_t age = now_ms - period_began_ms_;
  if (age < 0) period_began_ms_ = now_ms;  // the clock was set back
  if (age < length || (wait && age < length + 24 * kMsAnHour)) return std::nullopt;
  if (scores_.total() >= options_.fewest) {
    DriftDetector::Values values{};
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = scores_.quantile(DriftDetector::kQuantiles[i]);
    detector_.add(values);
  }
  scores_ = {};
  period_began_ms_ = now_ms;
  std::optional<Event> change;
  if (detector_.drifted() && run_.empty()) {
    run_ = new_run_name() + "-" + options_.source + "-drift";
    event_began_ms_ = now_ms;
    change = event(now_ms);
    change->note = advice(detector_, options_.model);
  } else if (!detector_.drifted() && !run_.empty()) {  // it is as before, or there is a new model
    change = event(now_ms);
    change->ended = true;
    run_.clear();
  }
  if (const Status saved = save(); !saved) log(LogLevel::warning, to_message(saved.error()));
  return change;
}

Status DriftWatch::save() const {
  auto scores = json::array();
  for (std::size_t i = 0; i < ScoreHistogram::kBins; ++i)
    if (scores_.counts()[i] > 0)
      scores.push_back({(static_cast<double>(i) + 0.5) * ScoreHistogram::kBin, scores_.counts()[i]});
  const DriftDetector::State& state = detector_.state();
  const json file = {
      {"model", options_.model_mark},     {"hours", options_.hours},      {"period_began_ms", period_began_ms_},
      {"scores", std::move(scores)},      {"reference", state.reference}, {"sums", state.sums},
      {"latest", state.latest},           {"drifted", state.drifted},     {"run", run_},
      {"event_began_ms", event_began_ms_}};
  return write_file_atomically(options_.file, file.dump() + "\n");
}

}  // namespace auscult
