#include "fault_templates.h"

#include <algorithm>
#include <cmath>

namespace auscult {
namespace {

// Standard deviations of the bands, as shares of the mel axis: from half a bin of 64 to a third of the spectrum.
constexpr double kBandWidths[] = {0.6 / 64, 1.2 / 64, 2.5 / 64, 5.0 / 64, 10.0 / 64, 20.0 / 64};

// Gaussian bands over `bins`, overlapping by about a standard deviation and a half.
std::vector<std::vector<double>> bands(int bins) {
  std::vector<std::vector<double>> all;
  for (const double share : kBandWidths) {
    const double width = share * bins;
    for (double centre = 0.0; centre < bins; centre += std::max(1.0, width / 1.5)) {
      std::vector<double> band(static_cast<std::size_t>(bins));
      for (int bin = 0; bin < bins; ++bin) band[static_cast<std::size_t>(bin)] = std::exp(-0.5 * std::pow((bin - centre) / width, 2));
      all.push_back(std::move(band));
    }
  }
  return all;
}

}  // namespace

std::vector<double> fault_templates(const DetectorConfig& detector, int width) {
  const bool stacked = detector.input != Representation::summary;
  const int blocks = stacked ? detector.window : 2;  // a block is one frame, or one statistic, of every bin
  const int bins = width / blocks;
  std::vector<double> templates;
  const auto append = [&](const std::vector<double>& band, int first, int last) {
    templates.resize(templates.size() + static_cast<std::size_t>(width), 0.0);
    for (int block = first; block <= last; ++block)
      std::copy(band.begin(), band.end(), templates.end() - width + static_cast<std::ptrdiff_t>(block) * bins);
  };
  for (const auto& band : bands(bins)) {
    for (int block = 0; block < blocks; ++block) append(band, block, block);
    if (stacked && blocks > 1) append(band, 0, blocks - 1);
  }
  return templates;
}

}  // namespace auscult
