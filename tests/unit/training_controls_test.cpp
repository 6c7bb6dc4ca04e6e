// The controls against scikit-learn 1.2.1 on the same rows: StandardScaler, LedoitWolf(assume_centered=True),
// GaussianMixture(2, reg_covar=1e-3, tol=1e-10, n_init=5) and NearestNeighbors(1). A DAGMM is compared with these
// numbers, so they must be those of the reference implementation. The controls in a model file are also compared with
// plain formulas.
#include <array>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "support/draws.h"
#include "support/small_model.h"
#include "training/control_fit.h"

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
    for (const float value : {centre + u[0], 2 * u[0] + u[1] - centre, 3 * u[2], 0.5F * u[2] + u[3]})
      rows.values.push_back(value);
  }
  return rows;
}

// Four rows of the groups, one far away, one between the groups.
FeatureMatrix test_rows() {
  FeatureMatrix rows = two_groups(4, 99);
  rows.values.insert(rows.values.end(), {20, 0, 0, 0, 3, -3, 0, 0});
  return rows;
}

std::vector<ControlEnergies> fitted_scores() {
  ControlOptions options;
  options.components = 2;
  options.em_steps = 1000;
  const auto controls = TableControls::fit(two_groups(150, 7), options, 1);
  EXPECT_TRUE(controls);
  return controls->scores(test_rows());
}

void expect_scores(double ControlEnergies::*field, const std::array<double, 6>& expected, double tolerance) {
  const auto scores = fitted_scores();
  ASSERT_EQ(scores.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(scores[i].*field, expected[i], tolerance * expected[i]) << "row " << i;
}

TEST(Controls, TemplateIsTheMeanSquareOfStandardScores) {
  expect_scores(&ControlEnergies::template_distance,
                {1.18240453, 1.3415779, 0.46808262, 1.30486397, 9.50190382, 0.0537419274}, 1e-5);
}

TEST(Controls, MahalanobisIsThatOfLedoitAndWolf) {
  expect_scores(&ControlEnergies::mahalanobis,
                {0.97339831, 1.02042784, 0.440376528, 0.909946789, 28.4774583, 0.0321465763}, 1e-5);
}

TEST(Controls, MixtureReachesTheSameOptimumAsAnotherEm) {
  expect_scores(&ControlEnergies::gmm, {2.34020118, 2.6091422, 2.28676116, 2.53388681, 865.572225, 119.915764}, 2e-3);
}

TEST(Controls, NeighbourIsTheNearestTrainingRow) {
  expect_scores(&ControlEnergies::knn1, {0.360373162, 0.480083939, 0.331749569, 0.571215611, 4.68912032, 1.35733946},
                1e-5);
}

TEST(Controls, ARowOfTheTrainingSetIsItsOwnNeighbour) {
  const FeatureMatrix rows = two_groups(150, 7);
  const auto controls = TableControls::fit(rows, {}, 1);
  ASSERT_TRUE(controls);
  for (const ControlEnergies& score : controls->scores(rows)) EXPECT_NEAR(score.knn1, 0.0, 1e-6);
}

// The next three against the formulas in NumPy 1.24, double precision.
TEST(Controls, LocalNeighbourIsInUnitsOfTheNeighboursOwnSpacing) {
  expect_scores(&ControlEnergies::knn1_local,
                {0.16227086268, 0.4365700958, 0.30892785769, 0.37697693755, 15.6929577995, 1.6458932867}, 1e-5);
}

TEST(Controls, LocalMahalanobisIsLessThatOfTheNearestRowsWhichTheFitDidNotKnow) {
  const double expected[] = {-0.52774594088, 1.30308680318, -0.86722034526,
                             -0.45243993249, 59.519068265,  -2.0472790277};
  const auto scores = fitted_scores();
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(scores[i].mahalanobis_local, expected[i], 1e-4) << "row " << i;
}

TEST(Controls, LocalOutlierFactorIsThatOfBreunig) {
  expect_scores(&ControlEnergies::lof,
                {0.980719959645, 1.0306180451, 0.969586154056, 0.964591356701, 3.07947654945, 1.23266372053}, 1e-5);
}

TEST(Controls, NeighboursAreOfOtherRecordings) {
  FeatureMatrix rows = two_groups(150, 7);
  for (std::int32_t i = 0; i < 150; ++i) rows.groups.push_back(i / 2);
  // Each row twice, one after the other: without groups each would be its own neighbor at no distance.
  FeatureMatrix twice{4, {}, {}};
  for (std::size_t i = 0; i < 150; ++i)
    for (int copy = 0; copy < 2; ++copy) {
      twice.values.insert(twice.values.end(), rows.values.begin() + static_cast<std::ptrdiff_t>(4 * i),
                          rows.values.begin() + static_cast<std::ptrdiff_t>(4 * i + 4));
      twice.groups.push_back(static_cast<std::int32_t>(i));
    }
  const auto grouped = TableControls::fit(twice, {}, 1);
  ASSERT_TRUE(grouped);
  twice.groups.clear();
  const auto alone = TableControls::fit(twice, {}, 1);
  ASSERT_TRUE(alone);
  const auto with = grouped->scores(test_rows()), without = alone->scores(test_rows());
  for (std::size_t i = 0; i < with.size(); ++i) EXPECT_LT(with[i].knn1_local, without[i].knn1_local) << "row " << i;
}

TEST(Controls, ThinnedRowsAreSpreadOverAllOfThem) {
  // The second half of the training rows is elsewhere; a thinned set must still include it.
  FeatureMatrix rows{1, {}, {}};
  for (int i = 0; i < 1000; ++i)
    rows.values.push_back(i < 500 ? static_cast<float>(i % 10) : 100.0F + static_cast<float>(i % 10));
  ControlOptions options;
  options.components = 2;
  options.knn_rows = options.gmm_rows = 40;
  const auto controls = TableControls::fit(rows, options, 1);
  ASSERT_TRUE(controls);
  const auto scores = controls->scores({1, {5.0F, 105.0F, 55.0F}, {}});
  EXPECT_LT(scores[0].knn1, 0.1 * scores[2].knn1);
  EXPECT_LT(scores[1].knn1, 0.1 * scores[2].knn1);
  EXPECT_LT(scores[1].gmm, scores[2].gmm);
}

TEST(Controls, AValueThatNeverMovedDoesNotDecideAlone) {
  FeatureMatrix rows = two_groups(150, 7);
  for (std::size_t i = 3; i < rows.values.size(); i += 4) rows.values[i] = 1.0F;
  const auto controls = TableControls::fit(rows, {}, 1);
  ASSERT_TRUE(controls);
  const auto scores = controls->scores({4, {0, 0, 0, 1.02F}, {}});
  EXPECT_LT(scores[0].template_distance, 2.0) << "a change of one smallest scale counts as one deviation";
}

TEST(Controls, RefuseFewerRowsThanComponents) {
  const auto controls = TableControls::fit(two_groups(3, 1), {}, 1);
  ASSERT_FALSE(controls);
  EXPECT_EQ(controls.error().code, ErrorCode::not_enough_data);
}

using Row = std::vector<double>;

// Rows as a detector standardizes them.
std::vector<Row> standardised(const Detector& detector, const FeatureMatrix& rows) {
  std::vector<Row> out(static_cast<std::size_t>(rows.rows()));
  const auto width = static_cast<std::size_t>(rows.width);
  for (std::size_t i = 0; i < rows.values.size(); ++i)
    out[i / width].push_back((rows.values[i] - detector.mean[i % width]) / detector.scale[i % width]);
  return out;
}

double squared(const Row& a, const Row& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Ledoit and Wolf (2004), element by element; y' S^-1 y by Gaussian elimination.
double shrunk_distance(const std::vector<Row>& training, const Row& y) {
  const std::size_t width = y.size();
  const double n = static_cast<double>(training.size()), p = static_cast<double>(width);
  std::vector<Row> s(width, Row(width, 0.0));
  double noise = 0.0, norm = 0.0, trace = 0.0;
  for (const Row& x : training)
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j < width; ++j) s[i][j] += x[i] * x[j] / n;
  for (std::size_t i = 0; i < width; ++i) trace += s[i][i];
  for (const Row& x : training)
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j < width; ++j) noise += std::pow(x[i] * x[j] - s[i][j], 2) / (n * n);
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t j = 0; j < width; ++j) norm += std::pow(s[i][j] - (i == j ? trace / p : 0.0), 2);
  const double shrinkage = std::min(noise, norm) / norm;
  std::vector<Row> a = s;
  Row b = y;
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t j = 0; j < width; ++j)
      a[i][j] = (1.0 - shrinkage) * s[i][j] + (i == j ? shrinkage * trace / p : 0.0);
  double distance = 0.0;
  for (std::size_t k = 0; k < width; ++k) {  // a = L D L': each pivot gives one term of the quadratic form
    distance += b[k] * b[k] / a[k][k];
    for (std::size_t i = k + 1; i < width; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < width; ++j) a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  return distance;
}

// The mixture as it stands in a model file.
struct KeptMixture {
  std::vector<double> phi, mu, lower;
  explicit KeptMixture(const FeatureControls& controls) {
    TensorMap tensors;
    controls.save(tensors, "");
    phi = tensors.at("mixture.phi").values;
    mu = tensors.at("mixture.mu").values;
    lower = tensors.at("mixture.cholesky").values;
  }
  // phi_k N(x; mu_k, L_k L_k'), forward substitution by hand.
  double density(std::size_t k, const Row& x) const {
    const std::size_t n = x.size();
    double exponent = 0.0;
    Row y(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double* line = &lower[(k * n + i) * n];
      double rest = x[i] - mu[k * n + i];
      for (std::size_t j = 0; j < i; ++j) rest -= line[j] * y[j];
      y[i] = rest / line[i];
      exponent += 0.5 * y[i] * y[i] + std::log(line[i]) + 0.5 * std::log(2.0 * std::numbers::pi);
    }
    return phi[k] * std::exp(-exponent);
  }
  double energy(const Row& x) const {
    double sum = 0.0;
    for (std::size_t k = 0; k < phi.size(); ++k) sum += density(k, x);
    return -std::log(sum);
  }
};

struct Kept {
  FeatureMatrix training = two_groups(120, 7);
  Detector detector;
  Kept() {
    DetectorConfig config;
    config.dagmm = test::small_network();
    detector = *train_detector(config, training, 1);
    EXPECT_TRUE(fit_controls(detector, training, 1));
  }
};

TEST(ControlsKept, AreWhatTheFormulaeSay) {
  const Kept kept;
  ASSERT_TRUE(kept.detector.controls);
  FeatureMatrix rows = two_groups(test::kRows, 99);
  std::array<ControlEnergies, test::kRows> found{};
  kept.detector.control_energies(rows.values, found);
  const auto training = standardised(kept.detector, kept.training), test_rows = standardised(kept.detector, rows);
  for (std::size_t i = 0; i < test::kRows; ++i) {
    const Row& x = test_rows[i];
    double nearest = 1e300;
    for (const Row& other : training) nearest = std::min(nearest, squared(x, other));
    EXPECT_NEAR(found[i].template_distance, squared(x, Row(4, 0.0)) / 4.0, 1e-12);
    EXPECT_NEAR(found[i].mahalanobis, shrunk_distance(training, x) / 4.0, 1e-6 * found[i].mahalanobis);
    EXPECT_NEAR(found[i].gmm, KeptMixture(*kept.detector.controls).energy(x), 1e-9);
    EXPECT_NEAR(found[i].knn1, std::sqrt(nearest), 1e-7);
  }
}

TEST(ControlsKept, MixtureIsAFixedPointOfEm) {
  const Kept kept;
  const KeptMixture mixture(*kept.detector.controls);
  // The M step's weights, from responsibilities by the formula: those that it already has.
  std::vector<double> weight(mixture.phi.size(), 0.0);
  const auto training = standardised(kept.detector, kept.training);
  for (const Row& x : training)
    for (std::size_t k = 0; k < weight.size(); ++k)
      weight[k] += mixture.density(k, x) / std::exp(-mixture.energy(x)) / static_cast<double>(training.size());
  for (std::size_t k = 0; k < weight.size(); ++k) EXPECT_NEAR(weight[k], mixture.phi[k], 0.02);
}

TEST(ControlsKept, OfVectorsThatAreVeryWideAreTheTemplateAlone) {
  DetectorConfig config;
  config.dagmm = test::small_network();
  const FeatureMatrix rows = test::random_rows(40, kWidestControls + 1, 3);
  Detector detector = *train_detector(config, rows, 1);
  ASSERT_TRUE(fit_controls(detector, rows, 1));
  EXPECT_FALSE(detector.controls);
  std::array<ControlEnergies, test::kRows> found{};
  detector.control_energies(rows.values, found);
  EXPECT_GT(found[0].template_distance, 0.0);
  for (const double value : {found[0].mahalanobis, found[0].gmm, found[0].knn1}) EXPECT_TRUE(std::isnan(value));
}

TEST(ControlsKept, AreThoseOfTheLongestWindowsStatistics) {
  Preset preset = *load_preset("monitor");
  EXPECT_EQ(preset.detectors[control_detector(preset)].name, "dagmm");
  std::swap(preset.detectors[0], preset.detectors[1]);  // frames, dagmm, summary, neighbour
  EXPECT_EQ(preset.detectors[control_detector(preset)].name, "dagmm");
  preset.detectors.erase(preset.detectors.begin() + 1);
  EXPECT_EQ(preset.detectors[control_detector(preset)].name, "summary");
}

}  // namespace
}  // namespace auscult
