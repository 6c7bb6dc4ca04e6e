#include "model/neighbour_memory.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "model/partial_whitening.h"

namespace auscult {
namespace {

constexpr std::size_t kSpreadNeighbours = 10;

double squared_length(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return sum;
}

// A row less the mean of others, which are numbers of rows in `all`.
std::vector<double> difference_to_mean(std::span<const double> row, std::span<const std::size_t> others,
                                       std::span<const double> all) {
  std::vector<double> difference(row.begin(), row.end());
  for (const std::size_t other : others)
    for (std::size_t i = 0; i < row.size(); ++i)
      difference[i] -= all[other * row.size() + i] / static_cast<double>(others.size());
  return difference;
}

// Mean squared distance of row `self` to its nearest rows of other groups, because windows of one recording overlap.
double spread_of(std::size_t self, std::span<const double> distances, std::size_t width,
                 const std::vector<std::int32_t>& groups) {
  std::vector<double> others;
  for (std::size_t other = 0; other < groups.size(); ++other)
    if (groups[other] != groups[self]) others.push_back(distances[other]);
  const std::size_t count = std::min(kSpreadNeighbours, others.size());
  if (count == 0) return static_cast<double>(width);  // all from one recording: the value for independent rows
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count), others.end());
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) sum += others[i];
  // Identical recordings must not make everything else infinitely distant.
  return std::max(sum / static_cast<double>(count), 1e-3 * static_cast<double>(width));
}

// Squared distance of row `self` to the mean of its nearest rows of other groups; 0 if there are none.
double centroid_distance(std::size_t self, std::vector<double> distances, const std::vector<double>& projected,
                         const std::vector<std::int32_t>& groups, std::size_t neighbours) {
  for (std::size_t other = 0; other < groups.size(); ++other)
    if (groups[other] == groups[self]) distances[other] = std::numeric_limits<double>::infinity();
  auto near = smallest(distances, neighbours);
  std::erase_if(near, [&](std::size_t row) { return std::isinf(distances[row]); });
  const std::size_t width = projected.size() / groups.size();
  const auto difference = difference_to_mean(std::span(projected).subspan(self * width, width), near, projected);
  return near.empty() ? 0.0 : squared_length(difference);
}

std::vector<double> metric_of(std::span<const double> x, int width, const LocalConfig& config) {
  return config.whitening > 0.0 ? partial_whitening(x, width, config.whitening) : std::vector<double>{};
}

}  // namespace

NeighbourMemory::NeighbourMemory(VectorMemory memory, std::vector<double> spread, std::vector<double> centroid_spread,
                                 const LocalConfig& config)
    : memory_(std::move(memory)),
      projected_(memory_.projected(memory_.rows())),
      spread_(std::move(spread)),
      centroid_spread_(std::move(centroid_spread)),
      neighbours_(static_cast<std::size_t>(std::max(1, config.neighbours))),
      distance_(config.distance),
      known_(memory_.size()) {}

NeighbourMemory NeighbourMemory::of(std::span<const double> x, int width, std::span<const std::int32_t> groups,
                                    std::int64_t limit, const LocalConfig& config) {
  const KeptRows kept = keep_covering_rows(x, width, metric_of(x, width, config), static_cast<std::size_t>(limit));
  std::vector<std::int32_t> kept_groups;
  for (const std::size_t row : kept.rows)
    kept_groups.push_back(groups.empty() ? static_cast<std::int32_t>(row) : groups[row]);
  const std::vector<double> projected = kept.memory.projected(kept.memory.rows());
  std::vector<double> spread, centroid_spread;
  for (std::size_t i = 0; i < kept.rows.size(); ++i) {
    const auto distances = kept.memory.squared_distances(kept.memory.row(i));
    spread.push_back(spread_of(i, distances, static_cast<std::size_t>(width), kept_groups));
    if (config.distance == NeighbourDistance::nearest) continue;
    const double own = centroid_distance(i, distances, projected, kept_groups,
                                         static_cast<std::size_t>(std::max(1, config.neighbours)));
    centroid_spread.push_back(own > 0.0 ? std::max(own, 1e-3 * static_cast<double>(width)) : spread.back());
  }
  return {kept.memory, std::move(spread), std::move(centroid_spread), config};
}

NeighbourMemory NeighbourMemory::with(std::span<const double> rows, std::span<const std::int32_t> groups,
                                      double margin) const {
  NeighbourMemory extended = *this;
  extended.memory_ = memory_.with(rows);
  extended.projected_ = extended.memory_.projected(extended.memory_.rows());
  const std::size_t width = rows.size() / groups.size();
  const std::vector<double> added = memory_.projected(rows);
  const VectorMemory own(added, {}, static_cast<int>(width));
  const std::vector<std::int32_t> recordings(groups.begin(), groups.end());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto distances = own.squared_distances(own.row(i));
    extended.spread_.push_back(margin * spread_of(i, distances, width, recordings));
    if (distance_ == NeighbourDistance::nearest) continue;
    const double to_mean = centroid_distance(i, distances, added, recordings, neighbours_);
    extended.centroid_spread_.push_back(to_mean > 0.0 ? margin * std::max(to_mean, 1e-3 * static_cast<double>(width))
                                                      : extended.spread_.back());
  }
  return extended;
}

Result<std::shared_ptr<const NeighbourMemory>> NeighbourMemory::restore(TensorMap& tensors, const std::string& prefix,
                                                                        int width, const LocalConfig& config) {
  AUSCULT_TRY_ASSIGN(VectorMemory memory,
                     VectorMemory::restore(tensors, prefix + "memory.", width, config.whitening > 0.0));
  AUSCULT_TRY_ASSIGN(std::vector<double> spread,
                     take_tensor(tensors, prefix + "memory.spread", {static_cast<std::int64_t>(memory.size())}));
  std::vector<double> centroid_spread;
  if (config.distance != NeighbourDistance::nearest) {
    AUSCULT_TRY_ASSIGN(centroid_spread, take_tensor(tensors, prefix + "memory.centroid_spread",
                                                    {static_cast<std::int64_t>(memory.size())}));
  }
  const auto positive = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double s) { return s > 0.0; });
  };
  if (!positive(spread) || !positive(centroid_spread)) return damaged_model("a spread is not positive");
  NeighbourMemory restored(std::move(memory), std::move(spread), std::move(centroid_spread), config);
  if (tensors.contains(prefix + "memory.known")) {
    AUSCULT_TRY_ASSIGN(const std::vector<double> known, take_tensor(tensors, prefix + "memory.known", {1}));
    if (!(known[0] >= 1.0 && known[0] <= static_cast<double>(restored.memory_.size())))
      return damaged_model("tensor " + prefix + "memory.known is no number of vectors");
    restored.known_ = static_cast<std::size_t>(known[0]);
  }
  return std::make_shared<const NeighbourMemory>(std::move(restored));
}

void NeighbourMemory::save(TensorMap& tensors, const std::string& prefix) const {
  memory_.save(tensors, prefix + "memory.");
  tensors[prefix + "memory.spread"] = {{static_cast<std::int64_t>(spread_.size())}, spread_};
  if (known_ < spread_.size()) tensors[prefix + "memory.known"] = {{1}, {static_cast<double>(known_)}};
  if (!centroid_spread_.empty())
    tensors[prefix + "memory.centroid_spread"] = {{static_cast<std::int64_t>(spread_.size())}, centroid_spread_};
}

// Squared distance over spread, for every kept row.
std::vector<double> NeighbourMemory::ratios(std::span<const double> distances) const {
  std::vector<double> ratios(distances.begin(), distances.end());
  for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= spread_[i];
  return ratios;
}

// A vector is compared with the state of the machine that its nearest kept vector is of: those of training, or those
// that were added. A wide spread in one state must not make sound of the other normal.
std::vector<double> NeighbourMemory::within_state(std::span<const double> distances) const {
  std::vector<double> own(distances.begin(), distances.end());
  if (known_ == own.size()) return own;
  const auto border = own.begin() + static_cast<std::ptrdiff_t>(known_);
  const bool training = std::min_element(own.begin(), own.end()) < border;
  std::fill(training ? border : own.begin(), training ? own.end() : border, std::numeric_limits<double>::infinity());
  return own;
}

std::vector<NeighbourMemory::Reference> NeighbourMemory::references(std::span<const double> to_all) const {
  const std::vector<double> distances = within_state(to_all);
  std::vector<Reference> found;
  if (distance_ != NeighbourDistance::centroid) {
    const std::size_t count = distance_ == NeighbourDistance::both ? 1 : neighbours_;
    for (const std::size_t row : smallest(ratios(distances), count)) found.push_back({{row}, spread_[row], 1.0});
    for (Reference& one : found) one.weight = 1.0 / static_cast<double>(found.size());
  }
  if (distance_ != NeighbourDistance::nearest) {
    Reference centroid{smallest(distances, neighbours_), 0.0, 1.0};
    for (const std::size_t row : centroid.rows)
      centroid.spread += centroid_spread_[row] / static_cast<double>(centroid.rows.size());
    found.push_back(std::move(centroid));
  }
  if (distance_ == NeighbourDistance::both)
    for (Reference& one : found) one.weight *= 0.5;
  return found;
}

void NeighbourMemory::energies(std::span<const double> rows, std::span<double> out) const {
  const std::vector<double> distances = memory_.squared_distances(rows);
  std::vector<double> projected;  // only for distances to a mean: those to single vectors are known
  if (distance_ != NeighbourDistance::nearest) projected = memory_.projected(rows);
  const std::size_t width = rows.size() / out.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto to_all = std::span(distances).subspan(i * memory_.size(), memory_.size());
    out[i] = 0.0;
    for (const Reference& one : references(to_all)) {
      const double squared = one.rows.size() == 1
                                 ? to_all[one.rows.front()]
                                 : squared_length(difference_to_mean(std::span(projected).subspan(i * width, width),
                                                                     one.rows, projected_));
      out[i] += one.weight * (squared / one.spread);
    }
  }
}

// Squared differences of training vectors to their own neighbors, value by value, scaled so that they sum to `spread`.
// The spread excludes rows of the same recording; the memory cannot, hence the scaling.
std::vector<double> NeighbourMemory::normal_differences(const Reference& reference) const {
  const std::size_t width = projected_.size() / memory_.size();
  std::vector<double> normal(width, 0.0);
  for (const std::size_t self : reference.rows) {
    std::vector<double> distances = memory_.squared_distances(memory_.row(self));
    distances[self] = std::numeric_limits<double>::infinity();
    for (const std::size_t other : smallest(distances, std::min(kSpreadNeighbours, memory_.size() - 1)))
      for (std::size_t i = 0; i < width; ++i) {
        const double difference = projected_[other * width + i] - projected_[self * width + i];
        normal[i] += difference * difference;
      }
  }
  const double sum = std::accumulate(normal.begin(), normal.end(), 0.0);
  for (double& value : normal)
    value = sum > 0.0 ? value * reference.spread / sum : reference.spread / static_cast<double>(width);
  return normal;
}

void NeighbourMemory::add_contributions(std::span<const double> row, std::span<double> out) const {
  const std::vector<double> projected = memory_.projected(row);
  for (const Reference& one : references(memory_.squared_distances(row))) {
    const std::vector<double> normal = normal_differences(one),
                              difference = difference_to_mean(projected, one.rows, projected_);
    for (std::size_t i = 0; i < row.size(); ++i)
      out[i] += one.weight * (difference[i] * difference[i] - normal[i]) / one.spread;
  }
}

}  // namespace auscult
