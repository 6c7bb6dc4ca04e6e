#include "dsp/frequency_bands.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <utility>

#include "mel_filterbank.h"

namespace auscult {

std::vector<double> mel_borders(const FrontendConfig& frontend) {
  const double lowest = dsp::hz_to_mel(frontend.f_min);
  const double step = (dsp::hz_to_mel(frontend.f_max) - lowest) / (frontend.n_mels + 1);
  std::vector<double> borders;
  for (int band = 0; band <= frontend.n_mels; ++band) borders.push_back(dsp::mel_to_hz(lowest + step * (band + 0.5)));
  return borders;
}

std::vector<FrequencyBand> strongest_bands(std::span<const float> shares, const FrontendConfig& frontend,
                                           std::size_t most) {
  constexpr float kPartOfPeak = 0.25F;
  constexpr double kSmallestShare = 0.1;
  assert(shares.size() == static_cast<std::size_t>(frontend.n_mels));
  const std::vector<double> borders = mel_borders(frontend);
  std::vector<float> left(shares.begin(), shares.end());  // shares not assigned to a range yet
  std::vector<FrequencyBand> bands;
  // The slope of a peak is not a separate range.
  const auto add = [&bands](const FrequencyBand& found) {
    for (FrequencyBand& band : bands) {
      if (band.to_hz != found.from_hz && band.from_hz != found.to_hz) continue;
      band = {std::min(band.from_hz, found.from_hz), std::max(band.to_hz, found.to_hz), band.share + found.share};
      return;
    }
    bands.push_back(found);
  };
  for (;;) {
    const auto peak = std::max_element(left.begin(), left.end());
    if (peak == left.end() || !(*peak > 0.0F)) break;
    const float enough = kPartOfPeak * *peak;
    auto first = peak, last = peak + 1;
    while (first != left.begin() && *(first - 1) >= enough) --first;
    while (last != left.end() && *last >= enough) ++last;
    FrequencyBand band{borders[static_cast<std::size_t>(first - left.begin())],
                       borders[static_cast<std::size_t>(last - left.begin())], 0.0};
    for (auto bin = first; bin != last; ++bin) band.share += static_cast<double>(std::exchange(*bin, 0.0F));
    if (band.share >= kSmallestShare) add(band);
  }
  std::stable_sort(bands.begin(), bands.end(),
                   [](const FrequencyBand& a, const FrequencyBand& b) { return a.share > b.share; });
  if (bands.size() > most) bands.resize(most);
  return bands;
}

std::string to_text(const FrequencyBand& band) {
  char text[48];
  // Bands of slow sensors are narrow also above 1 kHz.
  if (band.to_hz <= 1000.0 || band.to_hz - band.from_hz < 100.0) {
    std::snprintf(text, sizeof text, "%.0f-%.0f Hz", 10.0 * std::round(band.from_hz / 10.0),
                  10.0 * std::round(band.to_hz / 10.0));
  } else {
    std::snprintf(text, sizeof text, "%.1f-%.1f kHz", band.from_hz / 1000.0, band.to_hz / 1000.0);
  }
  return text;
}

std::string to_text(std::span<const FrequencyBand> bands) {
  std::string text;
  for (const FrequencyBand& band : bands) text += (text.empty() ? "" : ", ") + to_text(band);
  return text;
}

}  // namespace auscult
