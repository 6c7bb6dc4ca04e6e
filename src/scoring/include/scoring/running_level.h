// Whether the machine runs, from the level of its sound: the mean power of the last second against the level below
// which the machine counts as off. Thread rule: one object, one thread. Levels in dBFS. Allocation-free after
// construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/preset.h"

namespace auscult {

class RunningLevel {
 public:
  RunningLevel(const FrontendConfig& frontend, std::span<const DetectorConfig> detectors, double off_dbfs);

  /// Takes the level of one frame. A machine that was switched on counts as running only when neither the last second
  /// nor the longest window reaches back into the time before: they hold silence and the run-up, and would raise an
  /// alarm each time.
  bool push(float level_dbfs);
  /// After a gap: nothing is known of the time before.
  void reset();

 private:
  double mean_dbfs() const;

  double off_dbfs_;
  std::vector<double> powers_;  // ring of the last second's frames
  std::size_t next_ = 0, filled_ = 0;
  std::int64_t settle_hops_ = 0;     // hops of a running machine before it is judged again
  std::int64_t hops_since_off_ = 0;  // at most settle_hops_
};

}  // namespace auscult
