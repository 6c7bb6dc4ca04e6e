// k-means: where EM starts.
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "kmeans.h"

namespace auscult {
namespace {

std::vector<double> blobs(const std::vector<std::vector<double>>& centers, int rows_each, double spread) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal(0.0, spread);
  std::vector<double> rows;
  for (int i = 0; i < rows_each; ++i)
    for (const auto& center : centers)
      for (const double value : center) rows.push_back(value + normal(random));
  return rows;
}

TEST(KMeans, FindsSeparateGroupsWhateverTheSeed) {
  const auto rows = blobs({{0, 0, 0}, {9, 0, 0}, {0, 9, 0}}, 300, 1.0);  // more rows than are compared at once
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto cluster = kmeans(rows, 3, 3, seed);
    ASSERT_EQ(cluster.size(), 900U);
    EXPECT_EQ(std::set<std::int64_t>(cluster.begin(), cluster.begin() + 3).size(), 3U) << "seed " << seed;
    for (std::size_t i = 0; i < cluster.size(); ++i) ASSERT_EQ(cluster[i], cluster[i % 3]) << "seed " << seed;
  }
}

TEST(KMeans, PutsEveryRowIntoTheClusterWithTheNearestMean) {
  const auto rows = blobs({{0, 0}, {2, 1}}, 200, 1.0);
  const auto cluster = kmeans(rows, 2, 3, 1);
  std::vector<double> mean(6, 0.0), count(3, 0.0);
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    const auto c = static_cast<std::size_t>(cluster[i]);
    count[c] += 1.0;
    for (std::size_t d = 0; d < 2; ++d) mean[2 * c + d] += rows[2 * i + d];
  }
  for (std::size_t i = 0; i < 6; ++i) mean[i] /= count[i / 2];
  const auto distance = [&](std::size_t i, std::size_t c) {
    const double dx = rows[2 * i] - mean[2 * c], dy = rows[2 * i + 1] - mean[2 * c + 1];
    return dx * dx + dy * dy;
  };
  for (std::size_t i = 0; i < cluster.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_LE(distance(i, static_cast<std::size_t>(cluster[i])), distance(i, c) + 1e-12) << "row " << i;
}

TEST(KMeans, IsDrawnFromTheSeedAlone) {
  const auto rows = blobs({{0, 0, 0, 0}}, 500, 1.0);
  EXPECT_EQ(kmeans(rows, 4, 4, 7), kmeans(rows, 4, 4, 7));
  EXPECT_NE(kmeans(rows, 4, 4, 7), kmeans(rows, 4, 4, 8)) << "without structure, the start decides";
}

TEST(KMeans, SurvivesFewerDistinctRowsThanClusters) {
  const std::vector<double> rows(40, 1.0);
  for (const std::int64_t cluster : kmeans(rows, 2, 4, 1)) EXPECT_EQ(cluster, 0);
}

}  // namespace
}  // namespace auscult
