#include "neighbours.h"

#include <algorithm>
#include <limits>

namespace auscult {
namespace {

constexpr std::size_t kNeighbours = 10;

double squared_distance(const double* a, const double* b, std::size_t width) {
  double sum = 0.0;
  for (std::size_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Mean squared distance of row `self` to its nearest rows of other groups; windows of one recording overlap.
double spread_of(std::size_t self, const std::vector<double>& rows, std::size_t width, const std::vector<std::int32_t>& groups) {
  std::vector<double> distances;
  for (std::size_t other = 0; other < groups.size(); ++other)
    if (groups[other] != groups[self]) distances.push_back(squared_distance(&rows[self * width], &rows[other * width], width));
  const std::size_t count = std::min(kNeighbours, distances.size());
  if (count == 0) return static_cast<double>(width);  // all of one recording: what independent rows would have
  std::partial_sort(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(count), distances.end());
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) sum += distances[i];
  // Identical recordings must not make everything else infinitely far.
  return std::max(sum / static_cast<double>(count), 1e-3 * static_cast<double>(width));
}

}  // namespace

NeighbourMemory remember(std::span<const double> x, int width, std::span<const std::int32_t> groups, std::int64_t limit) {
  const auto n = static_cast<std::size_t>(width);
  const auto total = static_cast<std::int64_t>(x.size() / n);
  NeighbourMemory memory;
  std::vector<std::int32_t> kept;
  for (std::int64_t i = 0; i < total; ++i) {
    if (total > limit && (i + 1) * limit / total == i * limit / total) continue;
    const auto row = x.subspan(static_cast<std::size_t>(i) * n, n);
    memory.rows.insert(memory.rows.end(), row.begin(), row.end());
    kept.push_back(groups.empty() ? static_cast<std::int32_t>(i) : groups[static_cast<std::size_t>(i)]);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) memory.spread.push_back(spread_of(i, memory.rows, n, kept));
  return memory;
}

double neighbour_energy(const NeighbourMemory& memory, std::span<const double> row) {
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < memory.spread.size(); ++i)
    smallest = std::min(smallest, squared_distance(row.data(), &memory.rows[i * row.size()], row.size()) / memory.spread[i]);
  return smallest;
}

}  // namespace auscult
