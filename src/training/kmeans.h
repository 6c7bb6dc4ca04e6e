// k-means on rows of numbers: seeded k-means++ starts and Lloyd's algorithm. Free of libtorch. Internal to training.
// Thread rule: free function on values; the same rows and seed give the same clusters.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace auscult {

inline constexpr int kSteadyStarts = 10;  ///< one start in five ends with a handful of outliers as a cluster

/// The cluster of each row (from 0), by the tightest of kSteadyStarts starts. rows: row-major, `width` values each, at
/// least one row; clusters >= 1.
std::vector<std::int64_t> kmeans(std::span<const double> rows, int width, int clusters, std::uint64_t seed);

}  // namespace auscult
