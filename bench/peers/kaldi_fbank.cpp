#include "peers/kaldi_fbank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace auscult::bench {
namespace {

double mel_of(double hz) {
  return 1127.0 * std::log(1.0 + hz / 700.0);
}

}  // namespace

KaldiFbank::KaldiFbank(int sample_rate, int size, int n_mels) : plan_(kiss_fftr_alloc(size, 0, nullptr, nullptr)) {
  const auto n = static_cast<std::size_t>(size);
  for (int i = 0; i < size; ++i)  // Kaldi's "povey" window
    window_.push_back(
        static_cast<float>(std::pow(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * i / (size - 1)), 0.85)));
  windowed_.resize(n);
  spectrum_.resize(n / 2 + 1);
  power_.resize(n / 2 + 1);
  mels_.resize(static_cast<std::size_t>(n_mels));
  const double low = mel_of(20.0), step = (mel_of(sample_rate / 2.0) - low) / (n_mels + 1);
  for (int m = 0; m < n_mels; ++m) {
    const double left = low + m * step, center = left + step, right = center + step;
    Band band;
    for (int k = 0; k <= size / 2; ++k) {
      const double mel = mel_of(static_cast<double>(k) * sample_rate / size);
      if (mel <= left || mel >= right) continue;
      if (band.weights.empty()) band.first = k;
      band.weights.push_back(static_cast<float>(mel <= center ? (mel - left) / step : (right - mel) / step));
    }
    bands_.push_back(std::move(band));
  }
}

KaldiFbank::~KaldiFbank() {
  kiss_fftr_free(plan_);
}

std::span<const float> KaldiFbank::frame(std::span<const float> samples) {
  float mean = 0.0F;
  for (const float sample : samples) mean += sample;
  mean /= static_cast<float>(samples.size());
  // Kaldi removes the mean, emphasizes high frequencies and then multiplies by the window.
  float before = samples.front() - mean;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const float now = samples[i] - mean;
    windowed_[i] = (now - 0.97F * before) * window_[i];
    before = now;
  }
  kiss_fftr(plan_, windowed_.data(), spectrum_.data());
  for (std::size_t k = 0; k < power_.size(); ++k)
    power_[k] = spectrum_[k].r * spectrum_[k].r + spectrum_[k].i * spectrum_[k].i;
  for (std::size_t m = 0; m < bands_.size(); ++m) {
    float sum = 0.0F;
    for (std::size_t i = 0; i < bands_[m].weights.size(); ++i)
      sum += bands_[m].weights[i] * power_[static_cast<std::size_t>(bands_[m].first) + i];
    mels_[m] = std::log(std::max(sum, std::numeric_limits<float>::epsilon()));
  }
  return mels_;
}

}  // namespace auscult::bench
