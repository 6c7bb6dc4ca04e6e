// Power spectrum of a real signal, in double precision, through the kissfft template.
// Double precision because the log-mels of bands 80 dB below the loudest one must be accurate to 1e-3 dB, which the
// rounding noise of single precision does not allow. Thread rule: one object, one thread. Allocation-free after
// construction.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace auscult::dsp {

class RealFft {
 public:
  /// `size` is even and at least 2.
  explicit RealFft(std::size_t size);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  std::size_t size() const;
  std::size_t bins() const { return size() / 2 + 1; }
  /// |X[k]|^2 for k = 0 .. size/2 of `signal` (size() values), not normalized.
  void power_spectrum(std::span<const double> signal, std::span<double> power);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult::dsp
