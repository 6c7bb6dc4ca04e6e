// Notices samples that a device lost without saying so, by comparing the samples that arrived with the steady clock.
// PortAudio's overflow flag stays 0 whatever happens, so counting is all there is. Internal to the audio module.
//
// The rule. deficit = what should have arrived by now minus what did. A stall raises it, but the samples usually come
// late in a burst and it falls again: that is no loss. So, second by second, only the smallest deficit counts (the
// moment at which delivery was least behind), and a loss is declared when that minimum
//   - has settled: two seconds in a row agree to 20 ms (a burst still arriving keeps it falling), and
//   - stays at least 200 ms above the level before (less may be a sound server that changed its latency).
// The baseline follows the minimum down at once and up by 0.2 % of the time passed, which is more than the clocks of
// two devices differ. So a single loss below 200 ms goes unseen, and a loss is placed about 2 s after it happened.
// While the computer sleeps the steady clock stands still: that time is not counted.
//
// Thread rule: one object, one thread. Units: positions in sample frames, times in ns of the steady clock.
#pragma once

#include <cstdint>

namespace auscult {

class LossClock {
 public:
  explicit LossClock(int sample_rate);

  /// A block that ends at `end_position` arrived at `time_ns`. Positions count what the ring could not take (it did
  /// arrive), but not what this clock found.
  /// Returns the sample frames found to be lost, to be placed before this block; nearly always 0.
  std::int64_t observe(std::int64_t time_ns, std::int64_t end_position);

 private:
  std::int64_t judge(double minimum, double seconds);

  double rate_;
  bool started_ = false;
  std::int64_t start_ns_ = 0, start_position_ = 0;
  std::int64_t second_start_ns_ = 0;
  double second_minimum_ = 0.0;    // smallest deficit of the second under way
  double previous_minimum_ = 0.0;  // of the second before
  double baseline_ = 0.0;
  int seconds_seen_ = 0;
};

}  // namespace auscult
