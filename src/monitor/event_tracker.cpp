#include "event_tracker.h"

#include <utility>

#include "base/clock.h"
#include "events/clip_store.h"

namespace auscult {

EventTracker::EventTracker(const Model& model, std::filesystem::path clip_dir, Storage& storage)
    : model_(model),
      clip_dir_(std::move(clip_dir)),
      storage_(storage),
      detector_(model.preset.policy),
      attribution_(model.preset.policy.confirm_n),
      sound_(model.preset.frontend.sample_rate) {}

std::optional<Event> EventTracker::push(const Hop& hop, const Circumstances& now) {
  if (now.judged && (active() || hop.fused > threshold()))
    attribution_.add_unusual(hop.why);
  else
    attribution_.add_usual();
  const auto detection = detector_.push({.time_s = hop.time_s,
                                         .fused = hop.fused,
                                         .leading_detector = hop.leading_detector.value_or(0),
                                         .judged = now.judged});
  if (!detection) return std::nullopt;
  return report(*detection, hop.time_s, now.latency_s);
}

std::optional<Event> EventTracker::finish(double stream_time_s, double latency_s) {
  std::optional<Event> event;
  if (const auto detection = detector_.finish()) event = report(*detection, stream_time_s, latency_s);
  store_clip();
  return event;
}

Event EventTracker::report(const Detection& detection, double stream_time_s, double latency_s) {
  Event event;
  event.bands = attribution_.bands(model_.preset.frontend);
  if (detection.ended) {
    sound_.end();
    attribution_.clear();
    event.clip = clip_;
  } else {
    const double age = stream_time_s - detection.start_s;
    wall_time_ms_ = started_ms_ ? *started_ms_ + static_cast<std::int64_t>(1000.0 * detection.start_s)
                                : system_ms() - static_cast<std::int64_t>(1000.0 * (age + latency_s));
    ++count_;
    store_clip();  // a previous clip that is still waiting for the sound after its event ends here
    if (!clip_dir_.empty()) {
      sound_.begin(age);
      clip_ = clip_dir_ / event_clip_name(wall_time_ms_, detection.id);
    }
  }
  event.ref.id = detection.id;
  event.ended = detection.ended;
  event.start_s = detection.start_s;
  event.end_s = detection.end_s;
  event.peak_score = detection.peak_score;
  event.peak_s = detection.peak_s;
  event.threshold = detection.threshold;
  if (const auto detector = static_cast<std::size_t>(detection.peak_detector); detector < model_.detectors.size())
    event.detector = model_.detectors[detector].config.name;
  event.wall_time_ms = wall_time_ms_;
  event.source = source_;
  event.model_digest = model_.training.digest;
  storage_.append(event);
  return event;
}

void EventTracker::store_complete_clip() {
  if (sound_.complete()) store_clip();
}

void EventTracker::store_clip() {
  if (!sound_.recording()) return;
  storage_.write_clip(clip_, sound_.take());
}

}  // namespace auscult
