// Is this sound good enough to learn from? Hints in plain words, from levels second by second. No Dear ImGui.
// Thread rule: pure functions. Units: dBFS, shares 0-1.
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
  bool serious = false;  ///< what is learned from this will not be worth much
  std::string title;     ///< what is wrong
  std::string advice;    ///< what to do
};

struct QualityReport {
  double seconds = 0.0;
  float low_dbfs = kSilenceDbfs, typical_dbfs = kSilenceDbfs,
        high_dbfs = kSilenceDbfs;  ///< 5 %, 50 % and 95 % of the seconds
  float peak_dbfs = kSilenceDbfs;
  std::vector<QualityHint> hints;  ///< most serious first; empty: all is well
  bool serious() const { return !hints.empty() && hints.front().serious; }
};

/// Fewer than three seconds give no hints.
QualityReport assess(std::span<const SecondLevel> seconds);

}  // namespace auscult::gui
