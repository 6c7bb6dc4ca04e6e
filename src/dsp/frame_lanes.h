// The transform of several frames at a time, one in each lane of the vector registers: window, real FFT by the same
// butterflies as RealFft's, mel bands and level. Every lane does the operations of a single frame in the same order, so
// that the bits are those of one frame at a time, whatever the vector width. Double precision, because the log-mels of
// bands 80 dB below the loudest one must be accurate to 1e-3 dB. Thread rule: one object, one thread. Allocation-free
// after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/vector_width.h"
#include "mel_filterbank.h"

namespace auscult::dsp {

class FrameLanes {
 public:
  /// Sums over a frame's samples before windowing, i modulo 8 apart, as LogMelFrontend adds them.
  static constexpr std::size_t kPartialSums = 8;

  /// `window`: n_fft values. `bank` must outlive the object.
  FrameLanes(std::span<const double> window, const MelFilterbank& bank, VectorWidth width = widest_vectors());
  /// The lengths for which there are butterflies: powers of two from 64.
  static bool fits(std::size_t n_fft);

  std::size_t lanes() const { return lanes_; }
  /// Transforms lanes() frames that begin `hop` samples apart. samples: (lanes() - 1) x hop + n_fft.
  void transform(std::span<const float> samples, std::size_t hop);

  // Results of lane `frame`.
  void copy_power(std::size_t frame, std::span<double> power) const { copy(power_, frame, power); }
  void copy_mel(std::size_t frame, std::span<double> mel) const { copy(mel_, frame, mel); }
  void copy_sums(std::size_t frame, std::span<double> sums, std::span<double> squares) const {
    copy(sums_, frame, sums);
    copy(squares_, frame, squares);
  }

 private:
  void copy(const std::vector<double>& from, std::size_t frame, std::span<double> to) const {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i * lanes_ + frame];
  }

  VectorWidth width_;
  std::size_t lanes_;
  std::vector<double> window_;
  const MelFilterbank* bank_;
  std::vector<double> twiddles_, real_twiddles_;  // real and imaginary parts in turn
  std::vector<std::uint32_t> places_;             // of a pair of samples in work_
  // lanes() values each:
  std::vector<double> work_;  // n_fft / 2 complex numbers
  std::vector<double> power_, mel_, sums_, squares_;
};

}  // namespace auscult::dsp
