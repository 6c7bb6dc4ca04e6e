#include "mel_filterbank.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace auscult::dsp {
namespace {

// Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kHzPerMel;
const double kLogStep = std::log(6.4) / 27.0;

}  // namespace

double hz_to_mel(double hz) {
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

double mel_to_hz(double mel) {
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp(kLogStep * (mel - kBreakMel));
}

MelFilterbank::MelFilterbank(int sample_rate, int n_fft, int n_mels, double f_min, double f_max)
    : rows_(static_cast<std::size_t>(n_mels)) {
  const double lowest = hz_to_mel(f_min);
  const double step = (hz_to_mel(f_max) - lowest) / (n_mels + 1);
  const double hz_per_bin = static_cast<double>(sample_rate) / n_fft;
  for (int band = 0; band < n_mels; ++band) {
    const double left = mel_to_hz(lowest + step * band);
    const double centre = mel_to_hz(lowest + step * (band + 1));
    const double right = mel_to_hz(lowest + step * (band + 2));
    const double area_norm = 2.0 / (right - left);
    Row& row = rows_[static_cast<std::size_t>(band)];
    for (int bin = 0; bin <= n_fft / 2; ++bin) {
      const double hz = bin * hz_per_bin;
      const double height = std::min((hz - left) / (centre - left), (right - hz) / (right - centre));
      if (!(height > 0.0)) {
        if (!row.weights.empty()) break;
        continue;
      }
      if (row.weights.empty()) row.first_bin = static_cast<std::size_t>(bin);
      row.weights.push_back(height * area_norm);
    }
  }
}

int MelFilterbank::first_empty_band() const {
  const auto empty = std::find_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.weights.empty(); });
  return empty == rows_.end() ? -1 : static_cast<int>(empty - rows_.begin());
}

void MelFilterbank::apply(std::span<const double> power, std::span<double> mel) const {
  assert(mel.size() == rows_.size());
  for (std::size_t band = 0; band < rows_.size(); ++band) {
    const Row& row = rows_[band];
    // Four partial sums, which do not wait for each other.
    double sums[4] = {};
    std::size_t i = 0;
    const double* from = power.data() + row.first_bin;
    for (; i + 4 <= row.weights.size(); i += 4)
      for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += row.weights[i + lane] * from[i + lane];
    for (; i < row.weights.size(); ++i) sums[0] += row.weights[i] * from[i];
    mel[band] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
}

}  // namespace auscult::dsp
