// Training vectors that a model keeps: which ones, and how far others are from them.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "model/partial_whitening.h"
#include "model/vector_memory.h"

namespace auscult {
namespace {

std::vector<double> random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

// Rows of three values with very different variances, the second following the first.
std::vector<double> stretched_rows(std::size_t rows) {
  std::vector<double> x = random_values(3 * rows, 7);
  for (std::size_t i = 0; i < rows; ++i) {
    x[3 * i] *= 5.0;
    x[3 * i + 1] = 0.5 * x[3 * i] + 0.3 * x[3 * i + 1];
  }
  return x;
}

std::vector<double> products(const std::vector<double>& x, const std::vector<double>& matrix) {
  std::vector<double> y(x.size(), 0.0);
  for (std::size_t row = 0; row < x.size() / 3; ++row)
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) y[3 * row + i] += matrix[3 * i + j] * x[3 * row + j];
  return y;
}

// Covariance of values i and j over all rows of three.
double covariance(const std::vector<double>& x, std::size_t i, std::size_t j) {
  const auto rows = static_cast<double>(x.size() / 3);
  double mean_i = 0.0, mean_j = 0.0, sum = 0.0;
  for (std::size_t row = 0; row < x.size(); row += 3) mean_i += x[row + i] / rows, mean_j += x[row + j] / rows;
  for (std::size_t row = 0; row < x.size(); row += 3) sum += (x[row + i] - mean_i) * (x[row + j] - mean_j);
  return sum / rows;
}

TEST(PartialWhitening, OfPowerOneHalfMakesTheCovarianceTheIdentity) {
  const auto x = stretched_rows(20000);
  const auto y = products(x, partial_whitening(x, 3, 0.5));
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(covariance(y, i, j), i == j ? 1.0 : 0.0, 0.02);
}

TEST(PartialWhitening, OfPowerZeroOnlyScales) {
  const auto x = stretched_rows(500);
  const auto matrix = partial_whitening(x, 3, 0.0);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(matrix[3 * i + j], i == j ? matrix[0] : 0.0, 1e-9);
}

TEST(PartialWhitening, KeepsAMeanVarianceOfOneAndBringsVariancesCloser) {
  const auto x = stretched_rows(20000);
  double before = covariance(x, 0, 0) / covariance(x, 2, 2);
  for (const double power : {0.125, 0.25, 0.375}) {
    const auto y = products(x, partial_whitening(x, 3, power));
    EXPECT_NEAR((covariance(y, 0, 0) + covariance(y, 1, 1) + covariance(y, 2, 2)) / 3.0, 1.0, 0.02) << power;
    const double after = covariance(y, 0, 0) / covariance(y, 2, 2);
    EXPECT_LT(after, before) << power;
    before = after;
  }
}

TEST(PartialWhitening, OfASingleRowIsFinite) {
  const std::vector<double> x = {1.0, 2.0, 3.0};
  for (const double value : partial_whitening(x, 3, 0.25)) EXPECT_TRUE(std::isfinite(value));
}

TEST(VectorMemory, MeasuresSquaredDistancesBetweenProducts) {
  const auto rows = random_values(15, 1), others = random_values(6, 2), metric = random_values(9, 3);
  const auto a = products(rows, metric), b = products(others, metric);
  const auto distances = VectorMemory(rows, metric, 3).squared_distances(others);
  ASSERT_EQ(distances.size(), 10U);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      double expected = 0.0;
      for (std::size_t k = 0; k < 3; ++k) expected += std::pow(b[3 * i + k] - a[3 * j + k], 2);
      EXPECT_NEAR(distances[5 * i + j], expected, 1e-12 * (1.0 + expected));
    }
}

TEST(VectorMemory, OfARowDoesNotDependOnTheRowsBesideIt) {
  const VectorMemory memory(random_values(300, 1), random_values(9, 3), 3);
  const auto rows = random_values(51, 2);
  const auto together = memory.squared_distances(rows);
  for (std::size_t i = 0; i < 17; ++i) {
    const auto alone = memory.squared_distances(std::span(rows).subspan(3 * i, 3));
    for (std::size_t j = 0; j < alone.size(); ++j) EXPECT_EQ(alone[j], together[i * 100 + j]);
  }
}

TEST(VectorMemory, IsTheSameAfterSavingAndLoading) {
  const VectorMemory memory(random_values(15, 1), random_values(9, 3), 3);
  TensorMap tensors;
  memory.save(tensors, "x.");
  const auto again = VectorMemory::restore(tensors, "x.", 3, true);
  ASSERT_TRUE(again);
  EXPECT_TRUE(tensors.empty());
  const auto rows = random_values(6, 2);
  EXPECT_EQ(again->squared_distances(rows), memory.squared_distances(rows));
}

TEST(VectorMemory, RefusesRowsOfAnotherWidthAndAMissingMetric) {
  TensorMap tensors;
  VectorMemory(random_values(15, 1), {}, 3).save(tensors, "x.");
  auto copy = tensors;
  EXPECT_EQ(VectorMemory::restore(copy, "x.", 4, false).error().code, ErrorCode::model_damaged);
  EXPECT_EQ(VectorMemory::restore(tensors, "x.", 3, true).error().code, ErrorCode::model_damaged);
}

TEST(CoveringRows, AreAllWhenThereAreFew) {
  EXPECT_EQ(covering_rows(random_values(9, 1), 3, 3), (std::vector<std::size_t>{0, 1, 2}));
}

// A rare state of the machine must not be left out in favor of the thousandth vector of a frequent one.
TEST(CoveringRows, IncludeARareStateAmongManyVectorsOfAFrequentOne) {
  std::vector<double> rows = random_values(3000, 1);
  for (const std::size_t rare : {100U, 500U, 900U}) rows[3 * rare] += 50.0 + static_cast<double>(rare);
  const auto kept = covering_rows(rows, 3, 10);
  ASSERT_EQ(kept.size(), 10U);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  for (const std::size_t rare : {100U, 500U, 900U}) EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), rare));
}

TEST(CoveringRows, DoNotRepeatEqualRows) {
  std::vector<double> rows;
  for (int i = 0; i < 50; ++i) rows.insert(rows.end(), {static_cast<double>(i % 2), 1.0, 2.0});
  EXPECT_EQ(covering_rows(rows, 3, 10).size(), 2U);
}

TEST(Smallest, AreInOrderAndTiesByPosition) {
  const std::vector<double> values = {3.0, 1.0, 2.0, 1.0};
  EXPECT_EQ(smallest(values, 3), (std::vector<std::size_t>{1, 3, 2}));
  EXPECT_EQ(smallest(values, 9).size(), 4U);
}

}  // namespace
}  // namespace auscult
