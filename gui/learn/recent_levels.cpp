#include "gui/learn/recent_levels.h"

#include <algorithm>
#include <cmath>

namespace auscult::gui {

std::vector<SecondLevel> recent_seconds(const History& history, std::size_t most) {
  std::vector<SecondLevel> seconds;
  const auto hops = std::max<std::int64_t>(1, std::llround(1.0 / history.hop_seconds()));
  std::int64_t end = history.end_column();
  for (std::size_t looked = 0; looked < most && end - hops >= history.first_column(); ++looked, end -= hops) {
    SecondLevel second;
    double power = 0.0, heard = 0.0, clipped = 0.0;
    for (std::int64_t column = end - hops; column < end; ++column) {
      const HopRecord& hop = history.record(column);
      second.lost = second.lost || hop.after_gap;
      if (!hop.present) continue;
      power += std::pow(10.0, static_cast<double>(hop.rms_dbfs) / 10.0);
      second.peak_dbfs = std::max(second.peak_dbfs, hop.peak_dbfs);
      clipped += hop.clipped ? 1.0 : 0.0;
      heard += 1.0;
    }
    if (heard == 0.0) continue;
    second.rms_dbfs = power_to_dbfs(power / heard);
    second.clipped = static_cast<float>(clipped / heard);
    seconds.push_back(second);
  }
  std::reverse(seconds.begin(), seconds.end());
  return seconds;
}

std::optional<double> recent_level(const History& history) {
  const std::vector<SecondLevel> seconds = recent_seconds(history, 10);
  if (seconds.size() < 5) return std::nullopt;
  double power = 0.0;
  for (const SecondLevel& second : seconds) power += std::pow(10.0, static_cast<double>(second.rms_dbfs) / 10.0);
  return static_cast<double>(power_to_dbfs(power / static_cast<double>(seconds.size())));
}

}  // namespace auscult::gui
