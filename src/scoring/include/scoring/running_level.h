// Detects from the level whether the machine is running: the mean power of the last second, compared with the level
// below which the machine counts as off. Thread rule: one object, one thread. Levels in dBFS. Allocation-free after
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
  /// nor the longest window reaches back to the time before: these contain silence and the run-up, and would raise an
  /// alarm at each start.
  bool push(float level_dbfs);
  /// After a gap: forgets the time before.
  void reset();

 private:
  double mean_dbfs() const;

  double off_dbfs_;
  std::vector<double> powers_;  // ring of the last second's frames
  std::size_t next_ = 0, filled_ = 0;
  std::int64_t settle_hops_ = 0;     // hops for which a machine must run before it is judged again
  std::int64_t hops_since_off_ = 0;  // at most settle_hops_
};

}  // namespace auscult
