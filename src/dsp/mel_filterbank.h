// Triangular mel filters with Slaney's scale and area norm: librosa.filters.mel(htk=False, norm="slaney").
// Thread rule: immutable after construction, share freely. Frequencies in Hz.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace auscult::dsp {

double hz_to_mel(double hz);
double mel_to_hz(double mel);

class MelFilterbank {
 public:
  /// Bands between f_min and f_max for spectra of n_fft / 2 + 1 bins.
  MelFilterbank(int sample_rate, int n_fft, int n_mels, double f_min, double f_max);

  std::size_t bands() const { return rows_.size(); }
  /// The first band that no spectral bin falls into, or -1.
  int first_empty_band() const;
  /// mel[b] = sum over bins of weight * power, always summed in the same order.
  void apply(std::span<const double> power, std::span<double> mel) const;

  /// A band's weights.
  struct Row {
    std::size_t first_bin = 0;
    std::vector<double> weights;  ///< of the bins from first_bin on; the others are zero
  };
  std::span<const Row> rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

}  // namespace auscult::dsp
