// Report of a finished training: the JSON object that `auscult train --json` and `refit --json` print (docs/cli.md).
// Only this file writes and parses it. Thread rule: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "detect/held_out_scores.h"
#include "model/model.h"

namespace auscult {

struct TrainingSummary {
  struct Detector {
    std::string name;
    std::int64_t rows = 0, steps = 0;
    double first_objective = 0.0, last_objective = 0.0;
    std::int64_t ridge_escalations = 0;
    std::uint64_t held_out_windows = 0;
    std::string amount = {};  ///< TrainingReport::amount
  };
  /// A file that could not be used.
  struct Skipped {
    std::string file;
    std::string error;  ///< name of its ErrorCode
  };
  /// A file that was added, and its peak anomaly score (u) with the model before and with this one.
  struct Added {
    std::string file;
    std::optional<double> before, after;  ///< nothing: too short, or too quiet for a running machine
  };

  std::string model, preset, machine;
  std::int64_t clips = 0, held_out_clips = 0;
  double seconds_of_sound = 0.0, held_out_seconds = 0.0;
  double live_threshold = 0.0, clip_threshold = 0.0;
  std::vector<Detector> detectors = {};
  std::vector<Skipped> skipped = {};
  std::vector<std::string> warnings = {};  ///< about the recordings: odd sound, copies, differences
  double wall_seconds = 0.0;
  double false_alarms_per_hour = 0.0;  ///< that `live_threshold` was calibrated for
  LevelRange level;
  HeldOutScores held_out;
  std::vector<Added> added = {};  ///< of a retraining
};

std::string to_json(const TrainingSummary& summary);

/// Requires what a user needs in order to judge and save the model; other fields keep their defaults. Errors:
/// bad_input.
Result<TrainingSummary> parse_training_summary(const std::string& json);

}  // namespace auscult
