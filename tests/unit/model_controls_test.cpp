// The controls against scikit-learn 1.2.1 on the same rows: StandardScaler, LedoitWolf(assume_centered=True),
// GaussianMixture(2, reg_covar=1e-3, tol=1e-10, n_init=5) and NearestNeighbors(1). A DAGMM is judged by these numbers, so
// they must be the ones that everybody else would get.
#include "auscult/model/controls.h"

#include <array>
#include <gtest/gtest.h>

#include "support/draws.h"

namespace auscult {
namespace {

// Two groups of four correlated values.
FeatureMatrix two_groups(int count, std::uint32_t seed) {
  test::Draws draw(seed);
  FeatureMatrix rows{4, {}, {}};
  for (int i = 0; i < count; ++i) {
    float u[4];
    for (float& value : u) value = draw();
    const float centre = i % 3 == 0 ? 6.0F : 0.0F;
    rows.values.insert(rows.values.end(), {centre + u[0], 2 * u[0] + u[1] - centre, 3 * u[2], 0.5F * u[2] + u[3]});
  }
  return rows;
}

// Four rows of the groups, one far away, one between the groups.
FeatureMatrix test_rows() {
  FeatureMatrix rows = two_groups(4, 99);
  rows.values.insert(rows.values.end(), {20, 0, 0, 0, 3, -3, 0, 0});
  return rows;
}

std::vector<ControlScores> fitted_scores() {
  ControlOptions options;
  options.components = 2;
  options.em_steps = 1000;
  const auto controls = FeatureControls::fit(two_groups(150, 7), options, 1);
  EXPECT_TRUE(controls);
  return controls->scores(test_rows());
}

void expect_scores(double ControlScores::*field, const std::array<double, 6>& expected, double tolerance) {
  const auto scores = fitted_scores();
  ASSERT_EQ(scores.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(scores[i].*field, expected[i], tolerance * expected[i]) << "row " << i;
}

TEST(Controls, TemplateIsTheMeanSquareOfStandardScores) {
  expect_scores(&ControlScores::template_distance, {1.18240453, 1.3415779, 0.46808262, 1.30486397, 9.50190382, 0.0537419274}, 1e-5);
}

TEST(Controls, MahalanobisIsThatOfLedoitAndWolf) {
  expect_scores(&ControlScores::mahalanobis, {0.97339831, 1.02042784, 0.440376528, 0.909946789, 28.4774583, 0.0321465763}, 1e-5);
}

TEST(Controls, MixtureReachesTheSameOptimumAsAnotherEm) {
  expect_scores(&ControlScores::gmm, {2.34020118, 2.6091422, 2.28676116, 2.53388681, 865.572225, 119.915764}, 2e-3);
}

TEST(Controls, NeighbourIsTheNearestTrainingRow) {
  expect_scores(&ControlScores::knn1, {0.360373162, 0.480083939, 0.331749569, 0.571215611, 4.68912032, 1.35733946}, 1e-5);
}

TEST(Controls, ARowOfTheTrainingSetIsItsOwnNeighbour) {
  const FeatureMatrix rows = two_groups(150, 7);
  const auto controls = FeatureControls::fit(rows, {}, 1);
  ASSERT_TRUE(controls);
  for (const ControlScores& score : controls->scores(rows)) EXPECT_NEAR(score.knn1, 0.0, 1e-6);
}

TEST(Controls, ThinnedRowsAreSpreadOverAllOfThem) {
  // The second half of the training rows lies elsewhere; a thinned set must still know it.
  FeatureMatrix rows{1, {}, {}};
  for (int i = 0; i < 1000; ++i) rows.values.push_back(i < 500 ? static_cast<float>(i % 10) : 100.0F + static_cast<float>(i % 10));
  ControlOptions options;
  options.components = 2;
  options.knn_rows = options.gmm_rows = 40;
  const auto controls = FeatureControls::fit(rows, options, 1);
  ASSERT_TRUE(controls);
  const auto scores = controls->scores({1, {5.0F, 105.0F, 55.0F}, {}});
  EXPECT_LT(scores[0].knn1, 0.1 * scores[2].knn1);
  EXPECT_LT(scores[1].knn1, 0.1 * scores[2].knn1);
  EXPECT_LT(scores[1].gmm, scores[2].gmm);
}

TEST(Controls, AValueThatNeverMovedDoesNotDecideAlone) {
  FeatureMatrix rows = two_groups(150, 7);
  for (std::size_t i = 3; i < rows.values.size(); i += 4) rows.values[i] = 1.0F;
  const auto controls = FeatureControls::fit(rows, {}, 1);
  ASSERT_TRUE(controls);
  const auto scores = controls->scores({4, {0, 0, 0, 1.02F}, {}});
  EXPECT_LT(scores[0].template_distance, 2.0) << "a change of one smallest scale counts as one deviation";
}

TEST(Controls, RefuseFewerRowsThanComponents) {
  const auto controls = FeatureControls::fit(two_groups(3, 1), {}, 1);
  ASSERT_FALSE(controls);
  EXPECT_EQ(controls.error().code, ErrorCode::not_enough_data);
}

}  // namespace
}  // namespace auscult
