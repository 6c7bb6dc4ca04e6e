// Parses the output of `auscult train --json --progress json`: lines of progress, then one object (docs/cli.md). No
// Dear ImGui. Thread rule: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::gui {

/// Loss curve of one training of one detector's network.
struct LossCurve {
  std::string detector;
  int model = 0;
  std::vector<double> steps, losses;
};

class TrainProgress {
 public:
  /// One line from stderr. False if it is a message for people instead of progress.
  bool read(const std::string& line);

  double fraction() const { return fraction_; }        ///< of the whole training, 0-1; never decreases
  double seconds() const { return seconds_; }          ///< since the start
  std::optional<double> seconds_left() const;          ///< nothing until it can be estimated
  const std::string& stage() const { return stage_; }  ///< for display
  const std::vector<LossCurve>& curves() const { return curves_; }

 private:
  double fraction_ = 0.0, seconds_ = 0.0;
  std::string stage_ = "Starting";
  std::vector<LossCurve> curves_;
};

/// What a user needs in order to judge and save a model.
struct TrainResult {
  struct Rate {
    double per_hour = 0.0, threshold = 0.0;
  };
  /// A file that was added, and its peak anomaly score (u) with the model before and with this one.
  struct Added {
    std::string file;
    std::optional<double> before, after;  ///< nothing: too short, or too quiet for a running machine
  };
  double seconds_of_sound = 0.0, held_out_seconds = 0.0, wall_seconds = 0.0;
  std::int64_t clips = 0;
  int skipped = 0;         ///< files that could not be used
  double threshold = 0.0;  ///< live, as calibrated
  double low_dbfs = 0.0, high_dbfs = 0.0, off_dbfs = 0.0;
  double bin_width = 0.0;
  std::vector<std::uint64_t> histogram;  ///< live fused scores of held-out normal sound
  double asked_rate = 0.0;               ///< false alarms per hour that `threshold` was calibrated for
  double finest_rate = 0.0;              ///< false alarms per hour that the held-out time supports
  std::vector<Rate> rates;               ///< lowest rate first
  std::vector<Added> added;              ///< of a retraining
};

/// Errors: bad_input.
Result<TrainResult> parse_train_result(const std::string& json);

/// Label of the calibrated threshold; it names a rate only if the held-out time supports it.
std::string own_threshold_text(const TrainResult& result);
/// "3 min 10 s of held-out normal sound can confirm a rate of about 19 false alarms per hour, but no lower one. ..."
std::string supported_rate_text(const TrainResult& result);
/// "about 19 false alarms per hour", "about 1 false alarm per hour", "about 5 false alarms per day".
std::string rate_text(double per_hour);

}  // namespace auscult::gui
