// Scores for choosing a threshold after training. Thread rule: plain values.
#pragma once

#include <cstdint>
#include <vector>

namespace auscult {

/// Live scores of held-out normal sound, for choosing a threshold.
struct HeldOutScores {
  struct Rate {
    double per_hour = 0.0;   ///< requested false alarms per hour
    double threshold = 0.0;  ///< on the live fused score
  };
  double bin_width = 0.0;
  std::vector<std::uint64_t> histogram;  ///< live fused scores of all judged hops: bin i from i to i + 1 widths; the
                                         ///< last one also counts everything beyond
  std::vector<double>
      clip_peaks;            ///< ascending; for each clip, the highest threshold at which it would have raised an event
  double finest_rate = 0.0;  ///< lowest false alarms per hour that the held-out time supports: one in all of it; lower
                             ///< rates rely on a fitted tail
  std::vector<Rate> rates;   ///< that the held-out time supports, lowest first; none if clips were too short
};

}  // namespace auscult
