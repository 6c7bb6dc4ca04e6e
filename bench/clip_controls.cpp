#include "clip_controls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace auscult::bench {
namespace {

constexpr std::size_t kNeighbours = 4;
constexpr double kSmallest = 1e-9;

FeatureMatrix matrix_of(const std::vector<std::vector<double>>& rows) {
  FeatureMatrix matrix;
  matrix.width = static_cast<int>(rows.front().size());
  for (const auto& row : rows) matrix.values.insert(matrix.values.end(), row.begin(), row.end());
  return matrix;
}

}  // namespace

Result<ClipControls> ClipControls::fit(const std::vector<std::vector<double>>& training, std::uint64_t seed) {
  AUSCULT_TRY_ASSIGN(TableControls controls, TableControls::fit(matrix_of(training), ControlOptions{}, seed));
  return ClipControls(std::move(controls), training);
}

ClipControls::ClipControls(TableControls controls, const std::vector<std::vector<double>>& training)
    : controls_(std::move(controls)), mean_(training.front().size()), deviation_(mean_.size()) {
  const auto n = static_cast<double>(training.size());
  for (const auto& row : training)
    for (std::size_t b = 0; b < mean_.size(); ++b) mean_[b] += row[b] / n;
  for (const auto& row : training)
    for (std::size_t b = 0; b < mean_.size(); ++b) deviation_[b] += (row[b] - mean_[b]) * (row[b] - mean_[b]) / n;
  for (double& value : deviation_) value = std::sqrt(value) + kSmallest;
  for (const auto& row : training) rows_.push_back(standardised(row));
  for (const ControlEnergies& energies : controls_.scores(matrix_of(training)))
    mahalanobis_.push_back(energies.mahalanobis);
  for (std::size_t i = 0; i < rows_.size(); ++i) spread_.push_back(std::sqrt(nearest(rows_[i], 1, i).front().squared));
}

std::vector<double> ClipControls::standardised(const std::vector<double>& clip) const {
  std::vector<double> z(clip.size());
  for (std::size_t b = 0; b < z.size(); ++b) z[b] = (clip[b] - mean_[b]) / deviation_[b];
  return z;
}

std::vector<ClipControls::Near> ClipControls::nearest(std::span<const double> z, std::size_t count,
                                                      std::size_t except) const {
  std::vector<Near> all;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i == except) continue;
    double squared = 0.0;
    for (std::size_t b = 0; b < z.size(); ++b) squared += (z[b] - rows_[i][b]) * (z[b] - rows_[i][b]);
    all.push_back({squared, i});
  }
  count = std::min(count, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [](const Near& a, const Near& b) { return a.squared < b.squared; });
  all.resize(count);
  return all;
}

ClipControlScores ClipControls::operator()(const std::vector<double>& clip) const {
  const ControlEnergies energies = controls_.scores(matrix_of({clip})).front();
  const auto near = nearest(standardised(clip), kNeighbours, std::numeric_limits<std::size_t>::max());
  double usual = 0.0;
  for (const Near& one : near) usual += mahalanobis_[one.row] / static_cast<double>(near.size());
  return {energies.template_distance,
          energies.mahalanobis,
          energies.gmm,
          energies.knn1,
          energies.mahalanobis / (usual + kSmallest),
          std::sqrt(near.front().squared) / (spread_[near.front().row] + kSmallest)};
}

}  // namespace auscult::bench
