// Turns live anomaly scores into events: detection, attributed bands, wall time, and the sound around the event. Thread
// rule: one object, one thread (the analysis thread). Internal to the module.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "attribution_sum.h"
#include "detect/event_detector.h"
#include "events/event.h"
#include "events/event_sound.h"
#include "model/model.h"
#include "scoring/scorer.h"
#include "storage.h"

namespace auscult {

class EventTracker {
 public:
  /// `model` and `storage` must outlive it. `clip_dir` may be empty: no sound is stored.
  EventTracker(const Model& model, std::filesystem::path clip_dir, Storage& storage);

  void set_source(std::string name) { source_ = std::move(name); }
  /// When the first sample was recorded, ms since 1970; nothing: it is recorded now.
  void set_started(std::optional<std::int64_t> started_ms) { started_ms_ = started_ms; }
  void set_threshold(double threshold) { detector_.set_threshold(threshold); }
  double threshold() const { return detector_.policy().threshold; }
  bool active() const { return detector_.active(); }
  std::uint64_t count() const { return count_; }

  /// Sound at the model's rate, before the hops computed from it.
  void push(std::span<const float> samples) { sound_.push(samples); }
  /// Passes a clip to the storage once the sound after its event is complete.
  void store_complete_clip();
  /// What the tracker cannot see from a hop.
  struct Circumstances {
    bool judged = true;      ///< false: the score cannot begin or continue an event
    double latency_s = 0.0;  ///< from capture until now
  };
  /// One hop. Returns the event that begins or ends with it, already logged.
  std::optional<Event> push(const Hop& hop, const Circumstances& now);
  /// At the end of the stream: ends an active event and stores its sound.
  std::optional<Event> finish(double stream_time_s, double latency_s);

 private:
  Event report(const Detection& detection, double stream_time_s, double latency_s);
  void store_clip();

  const Model& model_;
  const std::filesystem::path clip_dir_;
  Storage& storage_;
  std::string source_;
  EventDetector detector_;
  AttributionSum attribution_;
  EventSound sound_;
  std::filesystem::path clip_;  // of the latest event
  std::int64_t wall_time_ms_ = 0;
  std::optional<std::int64_t> started_ms_;
  std::uint64_t count_ = 0;
};

}  // namespace auscult
