// From numbers per mel band to stretches of frequency that a person can read: "2.1-2.6 kHz".
// Thread rule: pure functions. Units: Hz; shares are parts of 1.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dsp/log_mel_frontend.h"

namespace auscult {

/// A stretch of frequency and how much of the whole it holds.
struct FrequencyBand {
  double from_hz = 0.0, to_hz = 0.0;
  double share = 0.0;
  bool operator==(const FrequencyBand&) const = default;
};

/// Where one mel band ends and the next begins: n_mels + 1 frequencies. The filters overlap; the borders lie half-way
/// (in mel) between the neighbours' centres.
std::vector<double> mel_borders(const FrontendConfig& frontend);

/// The stretches with the largest shares, largest first, at most `most`. `shares` has one value a mel band and sums to 1 (or to 0:
/// then there is no band). A stretch is a peak with the neighbours on both sides that have at least a quarter of its
/// share; stretches with less than a tenth of the whole are not worth a word, and those that touch are one. Precondition: n_mels values, none negative.
std::vector<FrequencyBand> strongest_bands(std::span<const float> shares, const FrontendConfig& frontend, std::size_t most = 3);

/// "410-620 Hz", "2.1-2.6 kHz", "0.9-1.1 kHz": a tenth of a kilohertz is as fine as a mel bin allows to say above 1 kHz.
std::string to_text(const FrequencyBand& band);
/// The bands one after the other, separated by commas.
std::string to_text(std::span<const FrequencyBand> bands);

}  // namespace auscult
