#include "model/fault_templates.h"

#include <algorithm>
#include <cmath>

namespace auscult {
namespace {

// Standard deviations of the bands, as shares of the mel axis: from half a bin of 64 to a third of the spectrum.
constexpr double kBandWidths[] = {0.6 / 64, 1.2 / 64, 2.5 / 64, 5.0 / 64, 10.0 / 64, 20.0 / 64};

// Smaller weights do not affect an energy, but as denormal numbers they would slow down every product.
constexpr double kSmallestWeight = 1e-20;

// Gaussian bands over `bins`, overlapping by about one and a half standard deviations.
std::vector<double> bands(int bins) {
  std::vector<double> all;
  for (const double share : kBandWidths) {
    const double width = share * bins;
    for (double center = 0.0; center < bins; center += std::max(1.0, width / 1.5))
      for (int bin = 0; bin < bins; ++bin) {
        const double weight = std::exp(-0.5 * std::pow((bin - center) / width, 2));
        all.push_back(weight < kSmallestWeight ? 0.0 : weight);
      }
  }
  return all;
}

}  // namespace

std::size_t FaultTemplates::count() const {
  return empty() ? 0
                 : bands.size() / static_cast<std::size_t>(bins) *
                       (static_cast<std::size_t>(blocks) + (across_blocks ? 1 : 0));
}

void FaultTemplates::add(std::size_t t, double weight, std::span<double> vector) const {
  const auto n = static_cast<std::size_t>(bins), of_band = static_cast<std::size_t>(blocks) + (across_blocks ? 1 : 0);
  const double* band = bands.data() + t / of_band * n;
  const std::size_t place = t % of_band;
  const std::size_t first = place < static_cast<std::size_t>(blocks) ? place : 0,
                    last = place < static_cast<std::size_t>(blocks) ? place + 1 : static_cast<std::size_t>(blocks);
  for (std::size_t block = first; block < last; ++block)
    for (std::size_t bin = 0; bin < n; ++bin) vector[block * n + bin] += weight * band[bin];
}

std::vector<double> FaultTemplates::row(std::size_t t) const {
  std::vector<double> vector(static_cast<std::size_t>(width), 0.0);
  add(t, 1.0, vector);
  return vector;
}

FaultTemplates fault_templates(const DetectorConfig& detector, int width) {
  const bool stacked = detector.input != Representation::summary;
  FaultTemplates templates;
  templates.width = width;
  templates.blocks = stacked ? detector.window : 2;
  templates.bins = width / templates.blocks;
  templates.across_blocks = stacked && templates.blocks > 1;
  templates.bands = bands(templates.bins);
  return templates;
}

std::vector<double> rows_of(const FaultTemplates& templates) {
  std::vector<double> rows;
  for (std::size_t t = 0; t < templates.count(); ++t) {
    const std::vector<double> row = templates.row(t);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

}  // namespace auscult
