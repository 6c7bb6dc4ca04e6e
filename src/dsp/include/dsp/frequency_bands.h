// Converts values per mel band into readable frequency ranges: "2.1-2.6 kHz".
// Thread rule: pure functions. Units: Hz; shares are parts of 1.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dsp/log_mel_frontend.h"

namespace auscult {

/// A frequency range and its share of the total.
struct FrequencyBand {
  double from_hz = 0.0, to_hz = 0.0;
  double share = 0.0;
  bool operator==(const FrequencyBand&) const = default;
};

/// The borders between mel bands: n_mels + 1 frequencies. The filters overlap; the borders lie halfway (in mel) between
/// the centers of neighboring filters.
std::vector<double> mel_borders(const FrontendConfig& frontend);

/// The frequency ranges with the largest shares, largest first, at most `most`. `shares` has one value per mel band and
/// sums to 1 (or to 0: then there is no band). A range is a peak with the adjacent bands on both sides that have at
/// least a quarter of its share. Ranges with less than a tenth of the total are omitted, and adjacent ranges are
/// merged. Precondition: n_mels values, none negative.
std::vector<FrequencyBand> strongest_bands(std::span<const float> shares, const FrontendConfig& frontend,
                                           std::size_t most = 3);

/// "410-620 Hz", "2.1-2.6 kHz", "0.9-1.1 kHz", "1490-1520 Hz": in tenths of a kilohertz above 1 kHz, unless the band is
/// narrower than that.
std::string to_text(const FrequencyBand& band);
/// The bands, separated by commas.
std::string to_text(std::span<const FrequencyBand> bands);

}  // namespace auscult
