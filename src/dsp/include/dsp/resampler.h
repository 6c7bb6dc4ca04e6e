// Stateful conversion between sample rates with libsoxr (HQ), one channel. State is held across blocks, never reset
// per block, so that any chunking of the same samples gives bit-identical output.
// Thread rule: one object, one thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "auscult/error.h"

namespace auscult {

class Resampler {
 public:
  /// Rates in Hz, 1000-384000 each. Equal rates pass samples through unchanged. Errors: bad_input.
  static Result<Resampler> create(double input_rate, double output_rate);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  /// Appends the available output to `output`; it lags the input by the filter's delay.
  void process(std::span<const float> input, std::vector<float>& output);
  /// Appends the rest. After this only reset() may be called.
  void finish(std::vector<float>& output);
  /// Returns to the state after create().
  void reset();
  /// Seconds by which output lags input.
  double delay_seconds() const;

 private:
  struct Impl;
  explicit Resampler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
