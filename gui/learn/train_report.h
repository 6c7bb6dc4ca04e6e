// What `auscult train --json --progress json` says, read: lines of progress while it works, one object at the end
// (docs/cli.md). No Dear ImGui. Thread rule: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::gui {

/// One training of one detector's network.
struct LossCurve {
  std::string detector;
  int model = 0;
  std::vector<double> steps, losses;
};

class TrainProgress {
 public:
  /// One line from stderr. False when it is not progress: a message for people.
  bool read(const std::string& line);

  double fraction() const { return fraction_; }        ///< of all the work, 0-1; never falls
  double seconds() const { return seconds_; }          ///< since it began
  std::optional<double> seconds_left() const;          ///< nothing while too little is known
  const std::string& stage() const { return stage_; }  ///< in plain words
  const std::vector<LossCurve>& curves() const { return curves_; }

 private:
  double fraction_ = 0.0, seconds_ = 0.0;
  std::string stage_ = "Starting";
  std::vector<LossCurve> curves_;
};

/// What a user needs to judge and save a model.
struct TrainResult {
  struct Rate {
    double per_hour = 0.0, threshold = 0.0;
  };
  /// A file that was added, and how unusual it is at its worst (u): to the model before, and to this one.
  struct Added {
    std::string file;
    std::optional<double> before, after;  ///< nothing: too short, or too quiet for a machine that runs
  };
  double seconds_of_sound = 0.0, held_out_seconds = 0.0, wall_seconds = 0.0;
  std::int64_t clips = 0;
  int skipped = 0;         ///< files that could not be used
  double threshold = 0.0;  ///< live, as calibrated
  double low_dbfs = 0.0, high_dbfs = 0.0, off_dbfs = 0.0;
  double bin_width = 0.0;
  std::vector<std::uint64_t> histogram;  ///< live fused scores of held-out normal sound
  double asked_rate = 0.0;               ///< false alarms an hour that `threshold` was calibrated for
  double finest_rate = 0.0;              ///< false alarms an hour that the held-out time supports
  std::vector<Rate> rates;               ///< finest first
  std::vector<Added> added;              ///< when a model has learned again
};

/// Errors: bad_input.
Result<TrainResult> parse_train_result(const std::string& json);

/// What the calibrated threshold is called among the rates: a rate only where the held-out time supports it.
std::string own_threshold_text(const TrainResult& result);
/// "3 min 10 s of sound can vouch for no fewer than about 19 false alarms an hour. ..."
std::string supported_rate_text(const TrainResult& result);
/// "about 19 false alarms an hour", "about 1 false alarm an hour", "about 5 false alarms a day".
std::string rate_text(double per_hour);

}  // namespace auscult::gui
