// One source's slow changes: collects the scores of a period (a day), compares it with earlier ones (detect/drift.h),
// and keeps what it knows in a small file, so that a restart loses nothing. Thread rule: one object, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "auscult/error.h"
#include "detect/drift.h"
#include "events/event.h"

namespace auscult {

struct DriftWatchOptions {
  std::filesystem::path file;   ///< where it keeps what it knows
  std::string source, model;    ///< names; the model's file name without extension
  std::string model_mark;       ///< identifies the model: another one starts anew
  double hours = 24.0;          ///< length of a period
  std::uint64_t fewest = 1000;  ///< scores: a period with fewer says nothing
};

class DriftWatch {
 public:
  /// Takes up what the file says; `now_ms`: ms since 1970. A damaged file is a warning, and nothing is known.
  DriftWatch(DriftWatchOptions options, std::int64_t now_ms);

  /// A score (u) of running, normal or suspicious sound.
  void add(double u) { scores_.add(u); }
  /// Ends the period if it is over; the event that a drift begins with, or ends with. `wait`: not now, because nobody
  /// may be notified; after a day more it is not waited any longer.
  std::optional<Event> poll(std::int64_t now_ms, bool wait);
  /// Errors: write_failed.
  Status save() const;

  bool drifted() const { return detector_.drifted(); }
  double progress() const { return detector_.progress(); }

 private:
  void load(std::int64_t now_ms);
  Event event(std::int64_t now_ms) const;

  const DriftWatchOptions options_;
  ScoreHistogram scores_;
  DriftDetector detector_;
  std::int64_t period_began_ms_ = 0;
  std::string run_;  // of the event that is active
  std::int64_t event_began_ms_ = 0;
};

}  // namespace auscult
