// Local density as a part of a detector: an energy less what is usual among the nearest training vectors.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "model/contributions.h"
#include "model/dagmm.h"
#include "model/local_density.h"
#include "model/neighbour_memory.h"
#include "support/small_model.h"

namespace auscult {
namespace {

constexpr int kWidth = 8;

DetectorConfig config_of(EnergyKind kind, LocalConfig local, int members = 1) {
  DetectorConfig config;
  config.energy = kind;
  config.members = members;
  config.local = local;
  config.dagmm = test::small_network();
  return config;
}

std::vector<Energies> energies_of(const Detector& detector, const FeatureMatrix& rows) {
  std::vector<Energies> out(static_cast<std::size_t>(rows.rows()));
  detector.energies(rows.values, out);
  return out;
}

// Numbers of a kept vector by the name of its tensor.
std::vector<double> tensor_of(const LocalDensity& local, const std::string& name) {
  TensorMap tensors;
  local.save(tensors, "");
  return tensors.at(name).values;
}

TEST(LocalDensity, SubtractsTheMeanEnergyOfTheNearestTrainingVectors) {
  const Detector plain = test::train_small(config_of(EnergyKind::joint, {}), kWidth);
  const Detector local = test::train_small(config_of(EnergyKind::joint, {.neighbours = 3}), kWidth);
  const FeatureMatrix rows = test::random_rows(20, kWidth, 99);
  const auto without = energies_of(plain, rows), with = energies_of(local, rows);
  const auto usual = tensor_of(*local.local, "energies"), kept = tensor_of(*local.local, "rows");
  const auto x = local.standardized(rows.values);
  for (std::size_t i = 0; i < with.size(); ++i) {
    std::vector<std::pair<double, std::size_t>> near;
    for (std::size_t row = 0; row < usual.size(); ++row) {
      double squared = 0.0;
      for (std::size_t j = 0; j < kWidth; ++j) squared += std::pow(x[i * kWidth + j] - kept[row * kWidth + j], 2);
      near.emplace_back(squared, row);
    }
    std::sort(near.begin(), near.end());
    const double expected = (usual[near[0].second] + usual[near[1].second] + usual[near[2].second]) / 3.0;
    EXPECT_EQ(with[i].joint, without[i].joint) << "the energy itself stays";
    EXPECT_NEAR(with[i].usual, expected, 1e-9);
    EXPECT_NEAR(with[i].reported(EnergyKind::joint), without[i].joint - expected, 1e-9);
    EXPECT_EQ(without[i].usual, 0.0);
  }
}

// Densities know the vectors that they were fitted to: their own energies would be too low for comparison with sound
// that they do not know.
TEST(LocalDensity, ComparesWithEnergiesOfDensitiesThatDoNotKnowTheVector) {
  const Detector detector = test::train_small(config_of(EnergyKind::joint, {.neighbours = 1}), kWidth);
  const auto cross_fitted = tensor_of(*detector.local, "energies");
  const auto& rows = detector.local->memory().rows();
  std::vector<Energies> own(cross_fitted.size());
  detector.members[0]->energies(rows, own);
  double known = 0.0, unknown = 0.0;
  for (std::size_t i = 0; i < own.size(); ++i) known += own[i].joint, unknown += cross_fitted[i];
  EXPECT_GT(unknown, known);
}

TEST(LocalDensity, OfOneRecordingComparesWithTheDensitiesThatThereAre) {
  FeatureMatrix rows = test::random_rows(40, kWidth, 5);
  rows.groups.assign(40, 7);
  const auto detector = train_detector(config_of(EnergyKind::dagmm, {.neighbours = 2}), rows, 1);
  ASSERT_TRUE(detector);
  const auto cross_fitted = tensor_of(*detector->local, "energies");
  std::vector<Energies> own(cross_fitted.size());
  detector->members[0]->energies(detector->local->memory().rows(), own);
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_EQ(cross_fitted[i], own[i].dagmm);
}

TEST(LocalDensity, IsThatOfTheEnsembleMean) {
  const Detector two = test::train_small(config_of(EnergyKind::dagmm, {.neighbours = 1}, 2), kWidth);
  const FeatureMatrix rows = test::random_rows(8, kWidth, 99);
  for (const Energies& e : energies_of(two, rows)) EXPECT_TRUE(std::isfinite(e.reported(EnergyKind::dagmm)));
  EXPECT_EQ(tensor_of(*two.local, "energies").size(), 80U);
}

TEST(LocalDensity, KeepsNoMoreVectorsThanConfigured) {
  DetectorConfig config = config_of(EnergyKind::dagmm, {.neighbours = 1});
  config.memory = 16;
  EXPECT_EQ(test::train_small(config, kWidth).local->memory().size(), 16U);
}

TEST(LocalDensity, SubtractsTheContributionsOfTheNearestVectors) {
  FrontendConfig frontend;
  frontend.n_mels = 4;
  const Detector plain = test::train_small(config_of(EnergyKind::joint, {}), kWidth);
  const Detector local = test::train_small(config_of(EnergyKind::joint, {.neighbours = 2}), kWidth);
  const FeatureMatrix row = test::random_rows(1, kWidth, 99);
  std::vector<double> with(kWidth), expected(kWidth), part(kWidth);
  Contributions(local, frontend).per_value(row.values, with);
  Contributions(plain, frontend).per_value(row.values, expected);
  for (const std::size_t kept : local.local->nearest(local.standardized(row.values))) {
    local.members[0]->contributions(EnergyKind::joint, local.local->memory().row(kept), part);
    for (std::size_t i = 0; i < kWidth; ++i) expected[i] -= 0.5 * part[i];
  }
  for (std::size_t i = 0; i < kWidth; ++i) EXPECT_NEAR(with[i], expected[i], 1e-9 * (1.0 + std::abs(expected[i])));
}

TEST(LocalDensity, RefusesEnergiesThatAreMissingOrNotFinite) {
  const LocalConfig config{.neighbours = 1};
  const Detector detector = test::train_small(config_of(EnergyKind::dagmm, config), kWidth);
  TensorMap saved;
  detector.local->save(saved, "d.");
  TensorMap missing = saved, odd = saved;
  missing.erase("d.untrained");
  odd.at("d.energies").values.front() = std::numeric_limits<double>::infinity();
  EXPECT_EQ(LocalDensity::restore(missing, "d.", kWidth, config).error().code, ErrorCode::model_damaged);
  EXPECT_EQ(LocalDensity::restore(odd, "d.", kWidth, config).error().code, ErrorCode::model_damaged);
  EXPECT_TRUE(LocalDensity::restore(saved, "d.", kWidth, config));
}

double neighbour_energy(const Detector& detector, std::span<const double> x) {
  double energy = 0.0;
  detector.memory->energies(x, std::span(&energy, 1));
  return energy;
}

Detector neighbour_of(NeighbourDistance distance, int neighbours) {
  return test::train_small(
      config_of(EnergyKind::neighbour, {.neighbours = neighbours, .distance = distance, .whitening = 0.25}, 0), kWidth);
}

TEST(NeighbourMemory, OfACentroidIsZeroAtTheMeanOfTheNearestVectors) {
  const Detector detector = neighbour_of(NeighbourDistance::centroid, 1);
  EXPECT_EQ(neighbour_energy(detector, detector.memory->memory().row(3)), 0.0);
}

// 1 is the energy of a vector that is as far from its neighbors as these are from theirs.
TEST(NeighbourMemory, IsAboutOneForSoundLikeThatOfTraining) {
  for (const auto distance : {NeighbourDistance::nearest, NeighbourDistance::centroid, NeighbourDistance::both}) {
    const Detector detector = neighbour_of(distance, 4);
    const auto x = detector.standardized(test::random_rows(60, kWidth, 99).values);
    std::vector<double> energies(60);
    detector.memory->energies(x, energies);
    const double mean = std::accumulate(energies.begin(), energies.end(), 0.0) / 60.0;
    EXPECT_GT(mean, 0.3);
    EXPECT_LT(mean, 2.0);
  }
}

TEST(NeighbourMemory, OfBothDistancesIsTheirMean) {
  const auto x = neighbour_of(NeighbourDistance::both, 4).standardized(test::random_rows(1, kWidth, 99).values);
  const double nearest = neighbour_energy(neighbour_of(NeighbourDistance::nearest, 1), x),
               centroid = neighbour_energy(neighbour_of(NeighbourDistance::centroid, 4), x);
  EXPECT_NEAR(neighbour_energy(neighbour_of(NeighbourDistance::both, 4), x), 0.5 * (nearest + centroid), 1e-12);
}

TEST(NeighbourMemory, HasTheSameBitsForOneRowAndForMany) {
  const Detector detector = neighbour_of(NeighbourDistance::both, 4);
  const auto x = detector.standardized(test::random_rows(33, kWidth, 99).values);
  std::vector<double> together(33);
  detector.memory->energies(x, together);
  for (std::size_t i = 0; i < 33; ++i)
    EXPECT_EQ(neighbour_energy(detector, std::span(x).subspan(i * kWidth, kWidth)), together[i]);
}

TEST(NeighbourMemory, ContributionsSumToTheEnergyLessOne) {
  FrontendConfig frontend;
  frontend.n_mels = 4;
  for (const auto distance : {NeighbourDistance::nearest, NeighbourDistance::centroid, NeighbourDistance::both}) {
    const Detector detector = neighbour_of(distance, 4);
    const FeatureMatrix row = test::random_rows(1, kWidth, 99);
    std::vector<double> values(kWidth);
    Contributions(detector, frontend).per_value(row.values, values);
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0),
                neighbour_energy(detector, detector.standardized(row.values)) - 1.0, 1e-9);
  }
}

// ---- the amount of sound

DetectorConfig with_amounts() {
  DetectorConfig config = config_of(EnergyKind::dagmm, {});
  config.amount = {.few_recordings = 100,
                   .few_lambda_energy = 1.0,
                   .few_components = 1,
                   .few_steps = 30,
                   .few_weight = 0.5,
                   .fewest_vectors = 200};
  return config;
}

TEST(ForAmount, ChangesNothingWhenThereIsMuchSound) {
  EXPECT_EQ(for_amount(with_amounts(), {kWidth, 1000, 100}), with_amounts());
  EXPECT_EQ(amount_note(with_amounts(), {kWidth, 1000, 100}), "");
}

TEST(ForAmount, TakesOtherWeightsForFewRecordingsAndSaysSo) {
  const DetectorConfig few = for_amount(with_amounts(), {kWidth, 1000, 99});
  EXPECT_EQ(few.dagmm.objective.lambda_energy, 1.0);
  EXPECT_EQ(few.dagmm.network.components, 1);
  EXPECT_EQ(few.dagmm.schedule.epochs, with_amounts().dagmm.schedule.epochs);
  EXPECT_EQ(few.dagmm.schedule.max_steps, 30);
  EXPECT_EQ(few.weight, 0.5);
  EXPECT_EQ(amount_note(with_amounts(), {kWidth, 1000, 99}),
            "99 recordings: lambda_1 1, mixture components 1, steps at most 30, weight 0.5; from 100 recordings on, "
            "lambda_1 0.1, mixture components 2, steps at most 3000, weight 1");
}

TEST(ForAmount, MakesNoCodeWiderThanItsInput) {
  DetectorConfig wide = with_amounts();
  wide.dagmm.network.latent = 4 * kWidth;
  EXPECT_EQ(for_amount(wide, {kWidth, 1000, 100}).dagmm.network.latent, kWidth);
}

TEST(ForAmount, LeavesGradientStepsOutOfVeryFewVectorsAndSaysSo) {
  const DetectorConfig few = for_amount(with_amounts(), {kWidth, 199, 10});
  EXPECT_EQ(few.dagmm.schedule.epochs, 0);
  EXPECT_EQ(amount_note(with_amounts(), {kWidth, 199, 10}),
            "199 feature vectors are few: the networks keep their initial weights; lambda_1 1, mixture components 1, "
            "steps at most 30, weight 0.5");
  TrainingReport report;
  const auto detector = train_detector(few, test::random_rows(100, kWidth, 5), 1, {}, &report);
  ASSERT_TRUE(detector);
  EXPECT_EQ(report.steps, 0);
  const FeatureMatrix rows = test::random_rows(8, kWidth, 99);
  std::vector<Energies> untrained(8);
  detector->untrained_energies(rows.values, untrained);
  const auto trained = energies_of(*detector, rows);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(trained[i].dagmm, untrained[i].dagmm);
}

TEST(ForAmount, ShiftsWeightBetweenDetectorsWhereVectorsAreScarceAndSaysSo) {
  DetectorConfig neighbour = config_of(EnergyKind::neighbour, {}, 0);
  neighbour.amount = {.scarce_vectors = 200, .scarce_weight = 3.0};
  EXPECT_EQ(for_amount(neighbour, {kWidth, 199, 10}).weight, 3.0);
  EXPECT_EQ(for_amount(neighbour, {kWidth, 200, 10}).weight, 1.0);
  EXPECT_EQ(amount_note(neighbour, {kWidth, 199, 10}), "199 feature vectors are few: weight 3");
  EXPECT_EQ(amount_note(neighbour, {kWidth, 200, 10}), "");
  DetectorConfig network = with_amounts();
  network.amount.scarce_vectors = 200;
  network.amount.scarce_weight = 0.25;
  EXPECT_EQ(for_amount(network, {kWidth, 199, 10}).weight, 0.25) << "before the weight for few recordings";
}

// Within and between components, the moments of a mixture add up to the variance of the code, to which the ridge adds
// its share in every component.
TEST(RelativeRidge, AddsAShareOfEachValuesVarianceToEveryComponent) {
  DetectorConfig config = config_of(EnergyKind::dagmm, {});
  config.dagmm.mixture.relative_ridge = true;
  config.dagmm.mixture.ridge = 0.5;
  TensorMap tensors;
  test::train_small(config, kWidth).members[0]->save(tensors, "");
  const auto &phi = tensors.at("mixture.phi").values, &mu = tensors.at("mixture.mu").values,
             &sigma = tensors.at("mixture.sigma").values;
  const std::size_t d = mu.size() / phi.size();
  for (std::size_t j = 0; j < d; ++j) {
    double mean = 0.0, square = 0.0, within = 0.0, smallest = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < phi.size(); ++k) {
      const double variance = sigma[(k * d + j) * d + j];
      mean += phi[k] * mu[k * d + j];
      square += phi[k] * mu[k * d + j] * mu[k * d + j];
      within += phi[k] * variance;
      smallest = std::min(smallest, variance);
    }
    const double variance_of_code = (within + square - mean * mean) / 1.5;
    EXPECT_GE(smallest, 0.5 * variance_of_code * (1.0 - 1e-9));
  }
}

}  // namespace
}  // namespace auscult
