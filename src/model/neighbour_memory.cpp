#include "model/neighbour_memory.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "row_kernels.h"

namespace auscult {
namespace {

constexpr std::size_t kNeighbours = 10;

double squared_distance(const double* a, const double* b, std::size_t width) {
  double sum = 0.0;
  for (std::size_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Mean squared distance of row `self` to its nearest rows of other groups, because windows of one recording overlap.
double spread_of(std::size_t self, std::span<const double> distances, std::size_t width,
                 const std::vector<std::int32_t>& groups) {
  std::vector<double> others;
  for (std::size_t other = 0; other < groups.size(); ++other)
    if (groups[other] != groups[self]) others.push_back(distances[other]);
  const std::size_t count = std::min(kNeighbours, others.size());
  if (count == 0) return static_cast<double>(width);  // all from one recording: the value for independent rows
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count), others.end());
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) sum += others[i];
  // Identical recordings must not make everything else infinitely distant.
  return std::max(sum / static_cast<double>(count), 1e-3 * static_cast<double>(width));
}

struct Nearest {
  std::size_t row = 0;
  double ratio = std::numeric_limits<double>::infinity();
};

Nearest nearest_of(std::span<const double> distances, const std::vector<double>& spread) {
  Nearest nearest;
  for (std::size_t i = 0; i < spread.size(); ++i) {
    const double ratio = distances[i] / spread[i];
    if (ratio < nearest.ratio) nearest = {i, ratio};
  }
  return nearest;
}

}  // namespace

NeighbourMemory::NeighbourMemory(std::vector<double> rows, std::vector<double> spread, int width)
    : rows_(std::move(rows)),
      spread_(std::move(spread)),
      width_(static_cast<std::size_t>(width)),
      packed_(std::make_shared<const nn::RowProduct>(static_cast<std::int64_t>(rows_.size() / width_), width, rows_,
                                                     std::span<const double>(), nn::RowProduct::Zeros::kept)) {}

NeighbourMemory NeighbourMemory::of(std::span<const double> x, int width, std::span<const std::int32_t> groups,
                                    std::int64_t limit) {
  const auto n = static_cast<std::size_t>(width);
  const auto total = static_cast<std::int64_t>(x.size() / n);
  std::vector<double> rows;
  std::vector<std::int32_t> kept;
  for (std::int64_t i = 0; i < total; ++i) {
    if (total > limit && (i + 1) * limit / total == i * limit / total) continue;
    const auto row = x.subspan(static_cast<std::size_t>(i) * n, n);
    rows.insert(rows.end(), row.begin(), row.end());
    kept.push_back(groups.empty() ? static_cast<std::int32_t>(i) : groups[static_cast<std::size_t>(i)]);
  }
  NeighbourMemory memory(std::move(rows), {}, width);
  std::vector<double> distances(kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    memory.packed_->squared_distances(std::span(memory.rows_).subspan(i * n, n), distances);
    memory.spread_.push_back(spread_of(i, distances, n, kept));
  }
  return memory;
}

Result<std::shared_ptr<const NeighbourMemory>> NeighbourMemory::restore(TensorMap& tensors, const std::string& prefix,
                                                                        int width) {
  const auto found = tensors.find(prefix + "memory.spread");
  const std::int64_t kept = found != tensors.end() && found->second.shape.size() == 1 ? found->second.shape[0] : 0;
  if (kept == 0) return damaged_model("tensor " + prefix + "memory.spread is missing or has the wrong shape");
  AUSCULT_TRY_ASSIGN(std::vector<double> spread, take_tensor(tensors, prefix + "memory.spread", {kept}));
  AUSCULT_TRY_ASSIGN(std::vector<double> rows, take_tensor(tensors, prefix + "memory.rows", {kept, width}));
  if (std::any_of(spread.begin(), spread.end(), [](double s) { return !(s > 0.0); }))
    return damaged_model("a spread is not positive");
  return std::shared_ptr<const NeighbourMemory>(new NeighbourMemory(std::move(rows), std::move(spread), width));
}

void NeighbourMemory::save(TensorMap& tensors, const std::string& prefix) const {
  const auto kept = static_cast<std::int64_t>(spread_.size());
  tensors[prefix + "memory.rows"] = {{kept, static_cast<std::int64_t>(width_)}, rows_};
  tensors[prefix + "memory.spread"] = {{kept}, spread_};
}

void NeighbourMemory::energies(std::span<const double> rows, std::span<double> out) const {
  std::vector<double> distances(out.size() * spread_.size());
  packed_->squared_distances(rows, distances);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = nearest_of(std::span(distances).subspan(i * spread_.size(), spread_.size()), spread_).ratio;
}

// Squared differences of a training vector to its own neighbors, value by value, scaled so that they sum to its spread.
// The spread excludes rows of the same recording; the memory cannot, hence the scaling.
std::vector<double> NeighbourMemory::normal_differences(std::size_t self) const {
  const double* center = &rows_[self * width_];
  std::vector<std::pair<double, std::size_t>> others;
  for (std::size_t row = 0; row < spread_.size(); ++row)
    if (row != self) others.emplace_back(squared_distance(center, &rows_[row * width_], width_), row);
  const std::size_t count = std::min(kNeighbours, others.size());
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count), others.end());
  std::vector<double> normal(width_, 0.0);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < width_; ++i) {
      const double difference = rows_[others[k].second * width_ + i] - center[i];
      normal[i] += difference * difference;
    }
  const double sum = std::accumulate(normal.begin(), normal.end(), 0.0);
  for (double& value : normal)
    value = sum > 0.0 ? value * spread_[self] / sum : spread_[self] / static_cast<double>(width_);
  return normal;
}

void NeighbourMemory::add_contributions(std::span<const double> row, std::span<double> out) const {
  std::vector<double> distances(spread_.size());
  packed_->squared_distances(row, distances);
  const std::size_t nearest = nearest_of(distances, spread_).row;
  const std::vector<double> normal = normal_differences(nearest);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double difference = row[i] - rows_[nearest * width_ + i];
    out[i] += (difference * difference - normal[i]) / spread_[nearest];
  }
}

}  // namespace auscult
