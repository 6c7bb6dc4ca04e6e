#include "gui/learn/train_report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/printed.h"
#include "base/progress.h"
#include "gui/words.h"

namespace auscult::gui {
namespace {

// Shares of the training time, measured on recordings of 2 and 20 minutes.
struct Stage {
  const char* name;
  const char* words;
  double begin, share;
};
constexpr std::array<Stage, 5> kStages = {
    {{stage::kFindingRecordings, "Finding the model's training recordings", 0.0, 0.0},
     {stage::kReading, "Reading the recording", 0.0, 0.03},
     {stage::kTraining, "Training", 0.03, 0.87},
     {stage::kCalibrating, "Calibrating on held-out normal sound", 0.90, 0.06},
     {stage::kSettingThresholds, "Setting the threshold", 0.96, 0.04}}};

}  // namespace

void TrainProgress::add(const StageMessage& message) {
  seconds_ = std::max(seconds_, message.seconds);
  const auto stage =
      std::find_if(kStages.begin(), kStages.end(), [&](const Stage& s) { return message.stage == s.name; });
  if (stage == kStages.end()) {
    stage_ = message.stage;  // a newer program may report other stages
    return;
  }
  const double share =
      message.total > 0 ? std::min(1.0, static_cast<double>(message.done) / static_cast<double>(message.total)) : 0.0;
  stage_ = stage->words;
  fraction_ = std::max(fraction_, stage->begin + stage->share * share);
}

void TrainProgress::add(const LossMessage& message) {
  seconds_ = std::max(seconds_, message.seconds);
  const LossPoint& point = message.point;
  if (point.detector.empty()) return;
  auto curve = std::find_if(curves_.begin(), curves_.end(),
                            [&](const LossCurve& c) { return c.detector == point.detector && c.model == point.model; });
  if (curve == curves_.end())
    curve = curves_.insert(curves_.end(),
                           LossCurve{.detector = point.detector, .model = point.model, .steps = {}, .losses = {}});
  curve->steps.push_back(static_cast<double>(point.step));
  curve->losses.push_back(point.loss);
}

std::optional<double> TrainProgress::seconds_left() const {
  if (seconds_ < 2.0 || fraction_ < 0.05) return std::nullopt;
  return seconds_ / fraction_ * (1.0 - fraction_);
}

std::string rate_text(double per_hour) {
  const auto alarms = [](double n, const char* per) {
    const std::string count = n < 9.5 ? printed("%.2g", n) : printed("%.0f", n);
    return "about " + count + (count == "1" ? " false alarm " : " false alarms ") + per;
  };
  return per_hour < 0.95 ? alarms(24.0 * per_hour, "per day") : alarms(per_hour, "per hour");
}

std::string own_threshold_text(const TrainingSummary& result) {
  if (result.false_alarms_per_hour >= result.held_out.finest_rate && result.false_alarms_per_hour > 0.0)
    return "As calibrated: " + rate_text(result.false_alarms_per_hour);
  return "Cautious: above anything that would have raised an alarm, with a margin";
}

std::string supported_rate_text(const TrainingSummary& result) {
  return format_duration(result.held_out_seconds) + " of held-out normal sound can confirm a rate of " +
         rate_text(result.held_out.finest_rate) + ", but no lower one. A lower rate requires a longer recording.";
}

}  // namespace auscult::gui
