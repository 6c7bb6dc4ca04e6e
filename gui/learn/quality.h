// Checks whether sound is good enough for training. Gives hints in plain words, based on levels second by second. No
// Dear ImGui. Thread rule: pure functions. Units: dBFS, shares 0-1.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "monitor/recording.h"

namespace auscult::gui {

enum class QualityProblem { silence, too_quiet, clipping, unstable, dropouts };
const char* to_string(QualityProblem problem);

struct QualityHint {
  QualityProblem problem = QualityProblem::silence;
  bool serious = false;  ///< a model trained on this sound would be of little use
  std::string title;     ///< the problem
  std::string advice;    ///< the remedy
};

struct QualityReport {
  double seconds = 0.0;
  float low_dbfs = kSilenceDbfs, typical_dbfs = kSilenceDbfs,
        high_dbfs = kSilenceDbfs;  ///< 5 %, 50 % and 95 % of the seconds
  float peak_dbfs = kSilenceDbfs;
  std::vector<QualityHint> hints;  ///< most serious first; empty if there is no problem
  bool serious() const { return !hints.empty() && hints.front().serious; }
};

/// Fewer than three seconds give no hints.
QualityReport assess(std::span<const SecondLevel> seconds);

}  // namespace auscult::gui
