#include "gui/learn/quality.h"

#include <algorithm>
#include <cmath>

#include "base/printed.h"

namespace auscult::gui {
namespace {

constexpr std::size_t kFewestSeconds = 3;
constexpr float kSilent = -90.0F;     // RMS: only a converter's noise
constexpr float kQuietPeak = -45.0F;  // peaks below this leave little distance to the input's own noise
constexpr float kVeryQuietPeak = -60.0F;
constexpr double kClippedSeconds = 0.02;  // share of seconds with clipping; a single knock stays below it
constexpr float kSteadySpread = 8.0F;     // dB between the 5 % and the 95 % loudest second
constexpr float kOffBelow = 12.0F;        // dB below the typical second: the machine was off
constexpr double kLostSeconds = 0.02;

float at_share(const std::vector<float>& sorted, double share) {
  return sorted[static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
}

void look_for_quiet(const QualityReport& report, std::vector<QualityHint>& hints) {
  if (report.typical_dbfs < kSilent) {
    hints.push_back(
        {.problem = QualityProblem::silence,
         .serious = true,
         .title = "No signal.",
         .advice = "Check that the right input is chosen, that it is not muted and that the machine is running."});
  } else if (report.peak_dbfs < kQuietPeak) {
    hints.push_back(
        {.problem = QualityProblem::too_quiet,
         .serious = report.peak_dbfs < kVeryQuietPeak,
         .title = printed("Too quiet: the highest peak is %.0f dBFS.", static_cast<double>(report.peak_dbfs)),
         .advice = "Move the microphone closer to the machine, or increase the input level. Peaks should be "
                   "between -30 and -6 dBFS."});
  }
}

void look_for_clipping(std::span<const SecondLevel> seconds, std::vector<QualityHint>& hints) {
  const auto clipped =
      std::count_if(seconds.begin(), seconds.end(), [](const SecondLevel& s) { return s.clipped > 0.0F; });
  if (clipped == 0) return;
  const bool often = static_cast<double>(clipped) > kClippedSeconds * static_cast<double>(seconds.size());
  hints.push_back({.problem = QualityProblem::clipping,
                   .serious = often,
                   .title = printed("Clipping: the signal was cut off in %ld of %zu seconds.",
                                    static_cast<long>(clipped), seconds.size()),
                   .advice = "Reduce the input level or move the microphone away. Peaks should stay below -6 dBFS."});
}

void look_for_changes(std::span<const SecondLevel> seconds, const QualityReport& report,
                      std::vector<QualityHint>& hints) {
  if (report.typical_dbfs < kSilent) return;
  const auto off = std::count_if(seconds.begin(), seconds.end(),
                                 [&](const SecondLevel& s) { return s.rms_dbfs < report.typical_dbfs - kOffBelow; });
  const double spread = static_cast<double>(report.high_dbfs) - static_cast<double>(report.low_dbfs);
  if (off >= 2) {
    hints.push_back(
        {.problem = QualityProblem::unstable,
         .serious = true,
         .title = printed("Unstable level: for %ld s it was so quiet that the machine seems to have been off.",
                          static_cast<long>(off)),
         .advice = "Record only while it runs; otherwise standstill would be learned as normal."});
  } else if (spread > static_cast<double>(kSteadySpread)) {
    hints.push_back(
        {.problem = QualityProblem::unstable,
         .serious = spread > 2.0 * static_cast<double>(kSteadySpread),
         .title = printed("Unstable level: it varies by %.0f dB.", spread),
         .advice = "If the machine works like that, record long enough to cover all of it. If not, check for other "
                   "noise sources and for contact with the microphone."});
  }
}

void look_for_dropouts(std::span<const SecondLevel> seconds, std::vector<QualityHint>& hints) {
  const auto lost = std::count_if(seconds.begin(), seconds.end(), [](const SecondLevel& s) { return s.lost; });
  if (lost == 0) return;
  hints.push_back(
      {.problem = QualityProblem::dropouts,
       .serious = static_cast<double>(lost) > kLostSeconds * static_cast<double>(seconds.size()) && lost > 3,
       .title = printed("Dropouts: sound is missing in %ld place%s.", static_cast<long>(lost), lost == 1 ? "" : "s"),
       .advice = "The missing parts are left out. Close other programs, or connect the microphone directly instead of "
                 "through a hub."});
}

}  // namespace

const char* to_string(QualityProblem problem) {
  switch (problem) {
    case QualityProblem::silence:
      return "silence";
    case QualityProblem::too_quiet:
      return "too_quiet";
    case QualityProblem::clipping:
      return "clipping";
    case QualityProblem::unstable:
      return "unstable";
    case QualityProblem::dropouts:
      return "dropouts";
  }
  return "silence";
}

QualityReport assess(std::span<const SecondLevel> seconds) {
  QualityReport report;
  report.seconds = static_cast<double>(seconds.size());
  if (seconds.empty()) return report;
  std::vector<float> levels;
  for (const SecondLevel& second : seconds) {
    levels.push_back(second.rms_dbfs);
    report.peak_dbfs = std::max(report.peak_dbfs, second.peak_dbfs);
  }
  std::sort(levels.begin(), levels.end());
  report.low_dbfs = at_share(levels, 0.05);
  report.typical_dbfs = at_share(levels, 0.5);
  report.high_dbfs = at_share(levels, 0.95);
  if (seconds.size() < kFewestSeconds) return report;
  look_for_quiet(report, report.hints);
  look_for_clipping(seconds, report.hints);
  look_for_changes(seconds, report, report.hints);
  look_for_dropouts(seconds, report.hints);
  std::stable_partition(report.hints.begin(), report.hints.end(), [](const QualityHint& hint) { return hint.serious; });
  return report;
}

}  // namespace auscult::gui
