#include "kmeans.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "model/vector_memory.h"

namespace auscult {
namespace {

constexpr int kMostRounds = 30;
constexpr std::size_t kRowsAtOnce = 256;  // whose distances stay in the cache

class Rows {
 public:
  Rows(std::span<const double> values, int width)
      : values_(values), width_(static_cast<std::size_t>(width)), count_(values.size() / width_) {}
  std::size_t count() const { return count_; }
  std::size_t width() const { return width_; }
  std::span<const double> row(std::size_t i) const { return values_.subspan(i * width_, width_); }
  /// Calls visit(row, squared distances to all centers).
  template <class Visit>
  void for_each_distance(const std::vector<double>& centers, Visit visit) const {
    const VectorMemory memory(centers, {}, static_cast<int>(width_));
    for (std::size_t begin = 0; begin < count_; begin += kRowsAtOnce) {
      const std::size_t rows = std::min(kRowsAtOnce, count_ - begin);
      const std::vector<double> distances = memory.squared_distances(values_.subspan(begin * width_, rows * width_));
      for (std::size_t i = 0; i < rows; ++i)
        visit(begin + i, std::span<const double>(distances).subspan(i * memory.size(), memory.size()));
    }
  }

 private:
  std::span<const double> values_;
  std::size_t width_, count_;
};

// k-means++ (Arthur and Vassilvitskii 2007): each next center is drawn with probability proportional to its squared
// distance.
std::vector<double> draw_centers(const Rows& rows, int clusters, std::mt19937_64& random) {
  const auto uniform = [&random] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  std::vector<double> centers, nearest(rows.count(), std::numeric_limits<double>::infinity());
  const auto add = [&](std::size_t i) { centers.insert(centers.end(), rows.row(i).begin(), rows.row(i).end()); };
  std::size_t latest = static_cast<std::size_t>(uniform() * static_cast<double>(rows.count()));
  add(latest);
  std::vector<double> sums(rows.count());
  for (int cluster = 1; cluster < clusters; ++cluster) {
    const auto center = rows.row(latest);
    double sum = 0.0;
    rows.for_each_distance({center.begin(), center.end()}, [&](std::size_t i, std::span<const double> distance) {
      nearest[i] = std::min(nearest[i], distance.front());
      sums[i] = sum += nearest[i];
    });
    const auto found = std::lower_bound(sums.begin(), sums.end(), uniform() * sum);
    latest = std::min(static_cast<std::size_t>(found - sums.begin()), rows.count() - 1);
    add(latest);
  }
  return centers;
}

struct Clusters {
  std::vector<std::int64_t> of_row;
  double inertia = 0.0;  // sum of squared distances to the nearest center
};

// Moves each center to the mean of its rows; one without rows stays.
void move(std::vector<double>& centers, const Rows& rows, const std::vector<std::int64_t>& of_row) {
  std::vector<double> sums(centers.size(), 0.0), counts(centers.size() / rows.width(), 0.0);
  for (std::size_t i = 0; i < rows.count(); ++i) {
    const auto cluster = static_cast<std::size_t>(of_row[i]);
    const double* row = rows.row(i).data();
    double* sum = sums.data() + cluster * rows.width();
    for (std::size_t d = 0; d < rows.width(); ++d) sum[d] += row[d];
    counts[cluster] += 1.0;
  }
  for (std::size_t d = 0; d < centers.size(); ++d)
    if (counts[d / rows.width()] > 0.0) centers[d] = sums[d] / counts[d / rows.width()];
}

Clusters lloyd(const Rows& rows, std::vector<double> centers) {
  Clusters clusters;
  for (int round = 0; round < kMostRounds; ++round) {
    Clusters next{std::vector<std::int64_t>(rows.count()), 0.0};
    rows.for_each_distance(centers, [&](std::size_t i, std::span<const double> distances) {
      const auto nearest = std::min_element(distances.begin(), distances.end());
      next.of_row[i] = nearest - distances.begin();
      next.inertia += *nearest;
    });
    const bool settled = next.of_row == clusters.of_row;
    clusters = std::move(next);
    if (settled) break;
    move(centers, rows, clusters.of_row);
  }
  return clusters;
}

}  // namespace

std::vector<std::int64_t> kmeans(std::span<const double> values, int width, int clusters, std::uint64_t seed) {
  const Rows rows(values, width);
  std::mt19937_64 random(seed);
  Clusters best{{}, std::numeric_limits<double>::infinity()};
  for (int start = 0; start < kSteadyStarts; ++start) {
    Clusters found = lloyd(rows, draw_centers(rows, clusters, random));
    if (start == 0 || found.inertia < best.inertia) best = std::move(found);
  }
  return best.of_row;
}

}  // namespace auscult
