// Parses the output of `auscult train --json --progress json`: lines of progress, then one object (docs/cli.md). No
// Dear ImGui. Thread rule: plain values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/training_messages.h"
#include "app/training_summary.h"

namespace auscult::gui {

/// Loss curve of one training of one detector's network.
struct LossCurve {
  std::string detector;
  int model = 0;
  std::vector<double> steps, losses;
};

class TrainProgress {
 public:
  void add(const StageMessage& message);
  void add(const LossMessage& message);

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

/// Label of the calibrated threshold; it names a rate only if the held-out time supports it.
std::string own_threshold_text(const TrainingSummary& result);
/// "3 min 10 s of held-out normal sound can confirm a rate of about 19 false alarms per hour, but no lower one. ..."
std::string supported_rate_text(const TrainingSummary& result);
/// "about 19 false alarms per hour", "about 1 false alarm per hour", "about 5 false alarms per day".
std::string rate_text(double per_hour);

}  // namespace auscult::gui
