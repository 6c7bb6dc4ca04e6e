#include "real_fft.h"

#include <cassert>
#include <cmath>
#include <complex>
#include <vector>

#include <kissfft/kissfft.hh>

namespace auscult::dsp {

struct RealFft::Impl {
  explicit Impl(std::size_t n) : size(n), fft(n / 2, false), spectrum(n / 2) {}
  std::size_t size;
  kissfft<double> fft;  // a complex transform of half the size does a real one
  std::vector<std::complex<double>> spectrum;
};

RealFft::RealFft(std::size_t size) : impl_(std::make_unique<Impl>(size)) {
  assert(size >= 2 && size % 2 == 0);
  // kissfft sizes its scratch memory in the first transform of a length with large prime factors.
  const std::vector<double> silence(size, 0.0);
  impl_->fft.transform_real(silence.data(), impl_->spectrum.data());
}

RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

std::size_t RealFft::size() const {
  return impl_->size;
}

void RealFft::power_spectrum(std::span<const double> signal, std::span<double> power) {
  assert(signal.size() == size() && power.size() == bins());
  auto& spectrum = impl_->spectrum;
  impl_->fft.transform_real(signal.data(), spectrum.data());
  // The first bin and the last one are real and share the first complex value.
  power.front() = spectrum[0].real() * spectrum[0].real();
  power.back() = spectrum[0].imag() * spectrum[0].imag();
  for (std::size_t k = 1; k < spectrum.size(); ++k) {
    power[k] = spectrum[k].real() * spectrum[k].real() + spectrum[k].imag() * spectrum[k].imag();
  }
}

}  // namespace auscult::dsp
