// The energies of one recording, step by step, in bounded memory: what does not fit lies in an unnamed temporary file
// ($TMPDIR, else /var/tmp). Thread rule: one object, one thread at a time. Ownership: the file ends with the object.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "scoring/scorer.h"

namespace auscult {

/// What is kept of a StepEnergy.
struct SpooledStep {
  std::int64_t frame = 0;
  double time_s = 0.0;
  double energy = 0.0, dagmm = 0.0, u = 0.0;
};

/// Steps of one detector: from `first`, without `last`.
struct StepRange {
  std::int64_t first = 0, last = 0;
};

class StepSpool {
 public:
  /// `keep_why`: also each mel bin's contribution.
  StepSpool(std::size_t detectors, bool keep_why);
  ~StepSpool();
  StepSpool(const StepSpool&) = delete;
  StepSpool& operator=(const StepSpool&) = delete;

  void push(const StepEnergy& step);
  /// The steps so far of each detector.
  std::vector<StepRange> all() const;
  void for_each(std::size_t detector, StepRange range, const std::function<void(const SpooledStep&)>& visit) const;
  /// Contributions of the same steps; empty for a detector without mel bins.
  void for_each_why(std::size_t detector, StepRange range,
                    const std::function<void(std::span<const float>)>& visit) const;
  /// Whether everything could be stored. Errors: write_failed.
  Status status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
