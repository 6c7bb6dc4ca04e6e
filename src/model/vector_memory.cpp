#include "model/vector_memory.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "row_kernels.h"

namespace auscult {

VectorMemory::VectorMemory(std::vector<double> rows, std::vector<double> metric, int width)
    : rows_(std::move(rows)), width_(static_cast<std::size_t>(width)) {
  if (!metric.empty()) metric_ = std::make_shared<const nn::RowProduct>(width, width, metric);
  packed_ = std::make_shared<const nn::RowProduct>(static_cast<std::int64_t>(size()), width, projected(rows_),
                                                   std::span<const double>(), nn::RowProduct::Zeros::kept);
}

VectorMemory VectorMemory::with(std::span<const double> rows) const {
  std::vector<double> all = rows_;
  all.insert(all.end(), rows.begin(), rows.end());
  return VectorMemory(std::move(all), metric_ ? metric_->weights() : std::vector<double>{}, static_cast<int>(width_));
}

Result<VectorMemory> VectorMemory::restore(TensorMap& tensors, const std::string& prefix, int width, bool whitened) {
  const auto found = tensors.find(prefix + "rows");
  const std::int64_t kept = found != tensors.end() && found->second.shape.size() == 2 ? found->second.shape[0] : 0;
  if (kept < 1) return damaged_model("tensor " + prefix + "rows is missing or has the wrong shape");
  AUSCULT_TRY_ASSIGN(std::vector<double> rows, take_tensor(tensors, prefix + "rows", {kept, width}));
  std::vector<double> metric;
  if (whitened) {
    AUSCULT_TRY_ASSIGN(metric, take_tensor(tensors, prefix + "metric", {width, width}));
  }
  return VectorMemory(std::move(rows), std::move(metric), width);
}

void VectorMemory::save(TensorMap& tensors, const std::string& prefix) const {
  const auto width = static_cast<std::int64_t>(width_);
  tensors[prefix + "rows"] = {{static_cast<std::int64_t>(size()), width}, rows_};
  if (metric_) tensors[prefix + "metric"] = {{width, width}, metric_->weights()};
}

std::vector<double> VectorMemory::projected(std::span<const double> rows) const {
  std::vector<double> out(rows.begin(), rows.end());
  if (metric_) metric_->apply(rows, out);
  return out;
}

std::vector<double> VectorMemory::squared_distances(std::span<const double> rows) const {
  std::vector<double> distances(rows.size() / width_ * size());
  packed_->squared_distances(projected(rows), distances);
  return distances;
}

std::vector<std::size_t> covering_rows(std::span<const double> rows, int width, std::size_t limit) {
  const auto n = static_cast<std::size_t>(width);
  const std::size_t count = rows.size() / n;
  std::vector<std::size_t> chosen;
  if (count <= limit) {
    chosen.resize(count);
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    return chosen;
  }
  std::vector<double> center(n, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) center[i % n] += rows[i] / static_cast<double>(count);
  const nn::RowProduct packed(static_cast<std::int64_t>(count), width, rows, std::span<const double>(),
                              nn::RowProduct::Zeros::kept);
  std::vector<double> distances(count), nearest(count, std::numeric_limits<double>::infinity());
  packed.squared_distances(center, distances);
  auto next = static_cast<std::size_t>(std::min_element(distances.begin(), distances.end()) - distances.begin());
  while (chosen.size() < limit) {
    chosen.push_back(next);
    packed.squared_distances(rows.subspan(next * n, n), distances);
    for (std::size_t i = 0; i < count; ++i) nearest[i] = std::min(nearest[i], distances[i]);
    next = static_cast<std::size_t>(std::max_element(nearest.begin(), nearest.end()) - nearest.begin());
    if (nearest[next] <= 0.0) break;  // every other row is equal to one that is kept
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

KeptRows keep_covering_rows(std::span<const double> x, int width, const std::vector<double>& metric,
                            std::size_t limit) {
  std::vector<double> projected(x.begin(), x.end());
  if (!metric.empty()) nn::RowProduct(width, width, metric).apply(x, projected);
  std::vector<std::size_t> rows = covering_rows(projected, width, limit);
  std::vector<double> kept;
  for (const std::size_t row : rows) {
    const auto values = x.subspan(row * static_cast<std::size_t>(width), static_cast<std::size_t>(width));
    kept.insert(kept.end(), values.begin(), values.end());
  }
  return {VectorMemory(std::move(kept), metric, width), std::move(rows)};
}

std::vector<std::size_t> smallest(std::span<const double> values, std::size_t k) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t count = std::min(k, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) { return std::pair(values[a], a) < std::pair(values[b], b); });
  order.resize(count);
  return order;
}

}  // namespace auscult
