// Detects samples that a device lost silently, by comparing the number of samples with the steady clock. PortAudio's
// overflow flag always stays 0, so counting is the only way. Internal to the audio module.
//
// The rule. deficit = expected samples minus received samples. A stall raises it, but the samples usually arrive late
// in a burst and it falls again: that is not a loss. So only the smallest deficit of each second counts (when delivery
// was least behind), and a loss is declared if that minimum
//   - has settled: two consecutive seconds agree to 20 ms (during a burst it keeps falling), and
//   - stays at least 200 ms above the level before (less may be a sound server that changed its latency).
// The baseline follows the minimum down at once and up by 0.2 % of the elapsed time, more than the clocks of two
// devices differ. So a single loss below 200 ms goes undetected, and a loss is placed about 2 s after it happened.
// While the computer sleeps the steady clock stands still: that time is not counted.
//
// Thread rule: one object, one thread. Units: positions in sample frames, times in ns of the steady clock.
#pragma once

#include <cstdint>

namespace auscult {

class LossClock {
 public:
  explicit LossClock(int sample_rate);

  /// A block that ends at `end_position` arrived at `time_ns`. Positions include what did not fit into the ring (it did
  /// arrive), but not what this clock found. Returns the lost sample frames, to be placed before this block; nearly
  /// always 0.
  std::int64_t observe(std::int64_t time_ns, std::int64_t end_position);

 private:
  std::int64_t judge(double minimum, double seconds);

  double rate_;
  bool started_ = false;
  std::int64_t start_ns_ = 0, start_position_ = 0;
  std::int64_t second_start_ns_ = 0;
  double second_minimum_ = 0.0;    // smallest deficit of the current second
  double previous_minimum_ = 0.0;  // of the previous second
  double baseline_ = 0.0;
  int seconds_seen_ = 0;
};

}  // namespace auscult
