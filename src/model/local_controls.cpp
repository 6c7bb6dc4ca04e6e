#include "model/local_controls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "model/partial_whitening.h"

namespace auscult {
namespace {

constexpr double kWhitening = 0.25;  // best of 0, 1/8, 1/4 and 1/2 for a Mahalanobis distance on real machines
constexpr std::size_t kSpreadNeighbours = 10;  // as NeighbourMemory
constexpr std::size_t kLocalNeighbours = 16;   // of the Mahalanobis distance
constexpr std::size_t kFactorNeighbours = 20;  // of the local outlier factor, as its authors recommend
constexpr int kFolds = 5;

double squared_length(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return sum;
}

// Distances to rows that may not count as neighbors become infinite.
void leave_out_own(std::vector<double>& distances, std::size_t self, std::span<const std::int32_t> groups,
                   bool one_recording) {
  for (std::size_t other = 0; other < distances.size(); ++other)
    if (one_recording ? other == self : groups[other] == groups[self])
      distances[other] = std::numeric_limits<double>::infinity();
}

// The nearest rows at a finite distance.
std::vector<std::size_t> nearest(std::span<const double> distances, std::size_t count) {
  std::vector<std::size_t> near = smallest(distances, count);
  std::erase_if(near, [&](std::size_t row) { return std::isinf(distances[row]); });
  return near;
}

// 1 over the mean reachability distance (Breunig et al., "LOF: identifying density-based local outliers", 2000).
// distances: squared, to the rows `near`.
double reachability_density(std::span<const double> distances, std::span<const std::size_t> near,
                            const std::vector<double>& reach) {
  double sum = 0.0;
  for (std::size_t i = 0; i < near.size(); ++i) sum += std::max(reach[near[i]], std::sqrt(distances[i]));
  return near.empty() ? 1.0 : static_cast<double>(near.size()) / std::max(sum, 1e-12);
}

std::vector<double> values_at(std::span<const double> values, std::span<const std::size_t> positions) {
  std::vector<double> chosen;
  for (const std::size_t position : positions) chosen.push_back(values[position]);
  return chosen;
}

// The squared lengths after partial whitening, each with a whitening that was fitted without the row's recording.
std::vector<double> cross_fitted_lengths(const std::vector<double>& rows, int width,
                                         std::span<const std::int32_t> groups) {
  const auto n = static_cast<std::size_t>(width);
  std::vector<double> lengths(groups.size(), 0.0);
  const std::set<std::int32_t> distinct(groups.begin(), groups.end());
  const int folds = std::min<int>(kFolds, static_cast<int>(distinct.size()));
  const auto fold_of = [&](std::size_t row) {
    return static_cast<int>(std::distance(distinct.begin(), distinct.find(groups[row]))) % folds;
  };
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<double> known, judged;
    std::vector<std::size_t> numbers;
    for (std::size_t row = 0; row < groups.size(); ++row) {
      const auto values = std::span(rows).subspan(row * n, n);
      const bool held_out = fold_of(row) == fold;
      if (held_out) {
        numbers.push_back(row);
        judged.insert(judged.end(), values.begin(), values.end());
      }
      if (!held_out || folds == 1) known.insert(known.end(), values.begin(), values.end());
    }
    const VectorMemory whitened(judged, partial_whitening(known, width, kWhitening), width);
    const std::vector<double> projected = whitened.projected(judged);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      lengths[numbers[i]] = squared_length(std::span(projected).subspan(i * n, n));
  }
  return lengths;
}

Result<std::vector<double>> take_positive(TensorMap& tensors, const std::string& name, std::size_t count) {
  AUSCULT_TRY_ASSIGN(std::vector<double> values, take_tensor(tensors, name, {static_cast<std::int64_t>(count)}));
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v) && v >= 0.0; }))
    return damaged_model("tensor " + name + " has a value that is negative or not finite");
  return values;
}

}  // namespace

LocalControls::LocalControls(const std::vector<double>& rows, std::vector<double> metric, int width, Usual usual)
    : width_(width),
      metric_(std::move(metric)),
      plain_(rows, {}, width),
      whitened_(rows, metric_, width),
      usual_(std::move(usual)) {}

LocalControls LocalControls::fit(const std::vector<double>& rows, int width, std::span<const std::int32_t> groups) {
  LocalControls fitted(rows, partial_whitening(rows, width, kWhitening), width, {});
  Usual& usual = fitted.usual_;
  const bool one_recording = std::set<std::int32_t>(groups.begin(), groups.end()).size() < 2;
  const std::size_t count = groups.size();
  std::vector<std::vector<double>> near_distances(count);  // of the nearest rows only: all would be count x count
  std::vector<std::vector<std::size_t>> near(count);
  for (std::size_t row = 0; row < count; ++row) {
    std::vector<double> distances = fitted.plain_.squared_distances(fitted.plain_.row(row));
    leave_out_own(distances, row, groups, one_recording);
    near[row] = nearest(distances, kFactorNeighbours);
    near_distances[row] = values_at(distances, near[row]);
    const std::size_t close = std::min(kSpreadNeighbours, near[row].size());
    double sum = 0.0;
    for (std::size_t i = 0; i < close; ++i) sum += near_distances[row][i];
    // Identical recordings must not make everything else infinitely distant.
    const double mean = close > 0 ? sum / static_cast<double>(close) : static_cast<double>(width);
    usual.spread.push_back(std::max(mean, 1e-3 * static_cast<double>(width)));
    usual.reach.push_back(near[row].empty() ? 0.0 : std::sqrt(near_distances[row].back()));
  }
  for (std::size_t row = 0; row < count; ++row)
    usual.density.push_back(reachability_density(near_distances[row], near[row], usual.reach));
  usual.mahalanobis = cross_fitted_lengths(rows, width, groups);
  return fitted;
}

Result<std::optional<LocalControls>> LocalControls::restore(TensorMap& tensors, const std::string& prefix,
                                                            const std::vector<double>& rows, int width) {
  if (!tensors.contains(prefix + "metric")) return std::optional<LocalControls>();
  const std::size_t count = rows.size() / static_cast<std::size_t>(width);
  AUSCULT_TRY_ASSIGN(std::vector<double> metric, take_tensor(tensors, prefix + "metric", {width, width}));
  Usual usual;
  AUSCULT_TRY_ASSIGN(usual.spread, take_positive(tensors, prefix + "spread", count));
  AUSCULT_TRY_ASSIGN(usual.mahalanobis, take_positive(tensors, prefix + "mahalanobis", count));
  AUSCULT_TRY_ASSIGN(usual.reach, take_positive(tensors, prefix + "reach", count));
  AUSCULT_TRY_ASSIGN(usual.density, take_positive(tensors, prefix + "density", count));
  if (std::find(usual.spread.begin(), usual.spread.end(), 0.0) != usual.spread.end())
    return damaged_model("a spread is not positive");
  return std::optional<LocalControls>(LocalControls(rows, std::move(metric), width, std::move(usual)));
}

void LocalControls::save(TensorMap& tensors, const std::string& prefix) const {
  const auto count = static_cast<std::int64_t>(plain_.size());
  tensors[prefix + "metric"] = {{width_, width_}, metric_};
  tensors[prefix + "spread"] = {{count}, usual_.spread};
  tensors[prefix + "mahalanobis"] = {{count}, usual_.mahalanobis};
  tensors[prefix + "reach"] = {{count}, usual_.reach};
  tensors[prefix + "density"] = {{count}, usual_.density};
}

double LocalControls::lof(std::span<const double> distances) const {
  const std::vector<std::size_t> near = smallest(distances, kFactorNeighbours);
  double usual = 0.0;
  for (const std::size_t row : near) usual += usual_.density[row] / static_cast<double>(near.size());
  return usual / reachability_density(values_at(distances, near), near, usual_.reach);
}

void LocalControls::energies(std::span<const double> rows, std::span<ControlEnergies> out) const {
  const std::vector<double> plain = plain_.squared_distances(rows), whitened = whitened_.squared_distances(rows),
                            projected = whitened_.projected(rows);
  const std::size_t count = plain_.size(), width = static_cast<std::size_t>(width_);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto to_rows = std::span(plain).subspan(i * count, count);
    double ratio = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < count; ++row) ratio = std::min(ratio, to_rows[row] / usual_.spread[row]);
    out[i].knn1_local = ratio;
    double usual = 0.0;
    const std::vector<std::size_t> near = smallest(std::span(whitened).subspan(i * count, count), kLocalNeighbours);
    for (const std::size_t row : near) usual += usual_.mahalanobis[row] / static_cast<double>(near.size());
    out[i].mahalanobis_local = squared_length(std::span(projected).subspan(i * width, width)) - usual;
    out[i].lof = lof(to_rows);
  }
}

}  // namespace auscult
