// Denoising autoencoders in the whitened metric: their inputs, the added noise, and the effect of training.
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "torch_descent.h"
#include "torch_mixture.h"
#include "training/trainer.h"

namespace auscult {
namespace {

constexpr int kRows = 8;  // evaluated together

constexpr int kWidth = 6;

at::Generator generator(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

// Rows whose columns depend on each other: one direction is loud, the others are quiet.
torch::Tensor correlated(std::int64_t rows, std::uint64_t seed) {
  const auto common = torch::randn({rows, 1}, generator(seed), torch::kFloat64);
  return 2.0 * common + 0.3 * torch::randn({rows, kWidth}, generator(seed + 1), torch::kFloat64);
}

DagmmConfig denoising_config() {
  DagmmConfig config;
  config.network.hidden = {5};
  config.network.latent = 3;
  config.network.estimation = {4};
  config.network.components = 2;
  config.objective.lambda_energy = config.objective.lambda_covariance = 0.0;
  config.network.whitened = true;
  config.network.skip_connection = 0.8;
  config.denoising.noise = 0.5;
  config.denoising.faults = 6.0;
  return config;
}

TrainableNetwork parameters_for(const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed = 3) {
  auto network = TrainableNetwork::initialized(config, kWidth, seed);
  EXPECT_TRUE(network.fix_whitening(x));
  return network;
}

double error_of(const TrainableNetwork& network, const torch::Tensor& x, const torch::Tensor& corrupted) {
  return denoising_objective(network, x, corrupted, c10::nullopt)->reconstruction;
}

TEST(DenoisingWhitening, GivesTheNetworkInputsOfUnitCovariance) {
  const auto x = correlated(4000, 1);
  const auto network = parameters_for(denoising_config(), x);
  const auto seen = (x - x.mean(0)).matmul(network.whitening.t());
  const auto covariance = seen.t().matmul(seen) / 4000.0;
  EXPECT_TRUE(torch::allclose(covariance, torch::eye(kWidth, torch::kFloat64), 0.0, 0.05)) << covariance;
  EXPECT_TRUE(
      torch::allclose(network.whitening.matmul(network.unwhitening), torch::eye(kWidth, torch::kFloat64), 0.0, 1e-12));
}

TEST(DenoisingShortcut, IsAllThatAFreshNetworkReconstructsToWithinATenthOfTheRest) {
  const auto x = correlated(200, 2);
  auto network = parameters_for(denoising_config(), x);
  const auto with = network.encode(x).reconstruction;
  network.config.network.skip_connection = 0.0;
  const auto without = network.encode(x).reconstruction;
  EXPECT_TRUE(torch::allclose(with, without + 0.8 * x, 1e-10, 1e-10))
      << "in the vector's own units, whatever the metric";
  EXPECT_LT(without.abs().mean().item<double>(), 0.1 * x.abs().mean().item<double>());
}

TEST(DenoisingCorruption, HasTheLengthsThatTheConfigurationAsksForInWhitenedUnits) {
  const auto x = correlated(5000, 3);
  auto network = parameters_for(denoising_config(), x);
  const auto templates =
      torch::tensor({{1.0, 1.0, 0.0, 0.0, 0.0, 0.0}, {0.0, 0.0, 0.0, 1.0, 0.0, 0.0}}, torch::kFloat64);
  network.config.denoising.faults = 0.0;
  const auto noise = (network.corrupt(x, templates, generator(7)) - x).matmul(network.whitening.t());
  EXPECT_NEAR(noise.std().item<double>(), 0.5, 0.01);

  network.config.denoising.noise = 0.0;
  network.config.denoising.faults = 6.0;
  const auto added = network.corrupt(x, templates, generator(7)) - x;
  const auto lengths = added.matmul(network.whitening.t()).square().sum(1).sqrt();
  EXPECT_NEAR(lengths.mean().item<double>(), 3.0, 0.1) << "uniform between 0 and 6";
  EXPECT_LE(lengths.max().item<double>(), 6.0 + 1e-9);
  EXPECT_LT(added.select(1, 2).abs().max().item<double>(), 1e-9) << "no template touches this value";
  EXPECT_GE(added.min().item<double>(), -1e-9) << "bands get louder, never quieter";
}

TEST(DenoisingCorruption, IsDrawnFromTheGeneratorAlone) {
  const auto x = correlated(64, 4);
  const DagmmConfig config = denoising_config();
  const auto network = parameters_for(config, x);
  const auto templates = torch::eye(kWidth, torch::kFloat64);
  EXPECT_TRUE(torch::equal(network.corrupt(x, templates, generator(5)), network.corrupt(x, templates, generator(5))));
  EXPECT_FALSE(torch::equal(network.corrupt(x, templates, generator(5)), network.corrupt(x, templates, generator(6))));
}

TEST(DenoisingObjective, IsTheErrorInTheWhitenedMetric) {
  const auto x = correlated(32, 5);
  const DagmmConfig config = denoising_config();
  const auto network = parameters_for(config, x);
  const auto corrupted = network.corrupt(x, torch::eye(kWidth, torch::kFloat64), generator(5));
  const auto difference = (x - network.encode(corrupted).reconstruction).contiguous();
  double sum = 0.0;
  for (int row = 0; row < 32; ++row) {
    for (int i = 0; i < kWidth; ++i) {
      double whitened = 0.0;
      for (int j = 0; j < kWidth; ++j)
        whitened += network.whitening[i][j].item<double>() * difference[row][j].item<double>();
      sum += whitened * whitened;
    }
  }
  EXPECT_NEAR(error_of(network, x, corrupted), sum / 32.0, 1e-9);
}

TEST(DenoisingObjective, GradientsAgreeWithFiniteDifferences) {
  const auto x = correlated(24, 6);
  for (const double lambda : {0.0, 0.1}) {
    DagmmConfig config = denoising_config();
    config.objective.lambda_energy = lambda;
    auto network = parameters_for(config, x);
    const auto corrupted = network.corrupt(x, torch::eye(kWidth, torch::kFloat64), generator(5));
    auto tensors = network.tensors();
    for (auto& tensor : tensors) tensor.requires_grad_(true);
    denoising_objective(network, x, corrupted, c10::nullopt)->total.backward();
    const torch::NoGradGuard no_grad;
    const auto value = [&] { return denoising_objective(network, x, corrupted, c10::nullopt)->total.item<double>(); };
    for (auto& tensor : tensors) {
      if (!tensor.grad().defined()) continue;  // the estimation network, where the mixture has no say
      double& element = tensor.data_ptr<double>()[tensor.numel() / 2];
      const double kept = element, analytic = tensor.grad().contiguous().data_ptr<double>()[tensor.numel() / 2];
      element = kept + 1e-6;
      const double above = value();
      element = kept - 1e-6;
      const double below = value();
      element = kept;
      EXPECT_NEAR(analytic, (above - below) / 2e-6, 1e-6 + 1e-6 * std::abs(analytic)) << "lambda " << lambda;
    }
    EXPECT_TRUE(network.encoder[0].weight.grad().defined());
    EXPECT_EQ(network.estimation[0].weight.grad().defined(), lambda > 0.0);
  }
}

// Normal sound with two states, which a single Gaussian does not know: what a code can learn beyond the shortcut.
FeatureMatrix two_states(int rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  FeatureMatrix matrix;
  matrix.width = 2 * 8;  // a summary of 8 bins
  for (int row = 0; row < rows; ++row) {
    const double state = row % 2 ? 3.0 : -3.0;
    for (int i = 0; i < matrix.width; ++i)
      matrix.values.push_back(static_cast<float>(-60.0 + state * (i % 3 == 0) - state * (i % 3 == 1) + normal(random)));
  }
  return matrix;
}

DetectorConfig summary_config(int steps) {
  DetectorConfig config;
  config.energy = EnergyKind::contrast;
  config.dagmm = denoising_config();
  config.dagmm.network.hidden = {32};
  config.dagmm.network.latent = 8;
  config.dagmm.schedule.gradient_clip = 0.0;
  config.dagmm.schedule.batch_size = 64;
  config.dagmm.schedule.epochs = steps > 0 ? 1000 : 0;
  config.dagmm.schedule.max_steps = steps;
  return config;
}

TEST(DenoisingTraining, LowersTheErrorAndGivesEqualBytesForEqualSeeds) {
  const FeatureMatrix rows = two_states(512, 1);
  TrainingReport report;
  const auto one = train_detector(summary_config(300), rows, 1, {}, &report);
  ASSERT_TRUE(one) << one.error().what;
  EXPECT_EQ(report.steps, 304) << "whole epochs of 8 batches";
  EXPECT_LT(report.last_objective, 0.9 * report.first_objective);
  const auto again = train_detector(summary_config(300), rows, 1);
  ASSERT_TRUE(again);
  TensorMap a, b;
  one->members[0]->save(a, "");
  again->members[0]->save(b, "");
  ASSERT_TRUE(a.contains("whitening"));
  for (const auto& [name, tensor] : a) EXPECT_EQ(tensor.values, b.at(name).values) << name;
}

TEST(DenoisingTraining, OfTheReportedDensityAloneGivesTheSameReportedEnergy) {
  const FeatureMatrix rows = two_states(256, 1);
  for (const EnergyKind kind : {EnergyKind::contrast, EnergyKind::joint, EnergyKind::dagmm}) {
    DetectorConfig config = summary_config(50);
    config.energy = kind;
    if (kind == EnergyKind::dagmm) config.local.neighbours = 4;
    const auto whole = train_detector(config, rows, 1);
    const auto part = train_detector(config, rows, 1, {}, nullptr, Densities::reported);
    ASSERT_TRUE(whole && part);
    std::vector<Energies> expected(256), found(256);
    whole->energies(rows.values, expected);
    part->energies(rows.values, found);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].reported(kind), expected[i].reported(kind));
    whole->untrained_energies(rows.values, expected);
    part->untrained_energies(rows.values, found);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].reported(kind), expected[i].reported(kind));
  }
}

TEST(DenoisingTraining, LeavesOnlyTheGradientStepsOutOfTheUntrainedControl) {
  const auto trained = train_detector(summary_config(300), two_states(512, 1), 1);
  const auto without_steps = train_detector(summary_config(0), two_states(512, 1), 1);
  ASSERT_TRUE(trained && without_steps);
  TensorMap control, untouched;
  trained->untrained[0]->save(control, "");
  without_steps->members[0]->save(untouched, "");
  for (const auto& [name, tensor] : control) EXPECT_EQ(tensor.values, untouched.at(name).values) << name;
}

TEST(DenoisingModel, IsRestoredToTheBitAndRefusesABrokenWhitening) {
  const DetectorConfig config = summary_config(50);
  const auto detector = train_detector(config, two_states(256, 2), 1);
  ASSERT_TRUE(detector);
  TensorMap saved;
  detector->members[0]->save(saved, "m.");
  const int width = detector->width;
  std::vector<double> block(static_cast<std::size_t>(kRows * width));
  std::iota(block.begin(), block.end(), -20.0);
  for (double& value : block) value *= 0.05;
  TensorMap copy = saved;
  const auto restored = Dagmm::restore(copy, "m.", config.dagmm, width);
  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_TRUE(copy.empty());
  std::vector<Energies> before(kRows), after(kRows);
  detector->members[0]->energies(block, before);
  (*restored)->energies(block, after);
  for (int i = 0; i < kRows; ++i) {
    EXPECT_EQ(before[static_cast<std::size_t>(i)].dagmm, after[static_cast<std::size_t>(i)].dagmm);
    EXPECT_EQ(before[static_cast<std::size_t>(i)].joint, after[static_cast<std::size_t>(i)].joint);
  }
  for (const std::size_t element : {std::size_t{0}, std::size_t{1}}) {  // a diagonal that is zero, and a value above it
    TensorMap broken = saved;
    broken.at("m.whitening").values[element] = element == 0 ? 0.0 : 0.5;
    const auto refused = Dagmm::restore(broken, "m.", config.dagmm, width);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::model_damaged);
  }
}

TEST(DenoisingPreset, AsksForTheWhitenedMetricAndSaneNumbers) {
  const auto preset_with = [](const std::string& dagmm) {
    return parse_preset(R"({"name": "p", "detectors": [{"name": "summary", "energy": "contrast", "dagmm": {)" + dagmm +
                        "}}]}");
  };
  const auto good =
      preset_with(R"("network": {"whitened": true, "skip_connection": 0.8}, "denoising": {"noise": 0.5, "faults": 6})");
  ASSERT_TRUE(good) << good.error().what;
  const auto again = parse_preset(to_json(*good));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->detectors, good->detectors);
  for (const char* bad : {R"("denoising": {"noise": 0.5})", R"("network": {"skip_connection": 0.5})",
                          R"("denoising": {"faults": 1})", R"("network": {"whitened": true, "skip_connection": 1})",
                          R"("network": {"whitened": true}, "denoising": {"noise": -1})",
                          R"("network": {"whitened": true}, "denoising": {"faults": 1e9})"})
    EXPECT_FALSE(preset_with(bad)) << bad;
}

}  // namespace
}  // namespace auscult
