// The network and its objective: gradients compared with finite differences, and that training reduces the objective.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "torch_descent.h"
#include "torch_mixture.h"
#include "training/trainer.h"

namespace auscult {
namespace {

constexpr int kRows = 8;  // evaluated together

torch::Tensor normal(std::vector<std::int64_t> shape, std::uint64_t seed) {
  return torch::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat64);
}

DagmmConfig small_config(Activation activation, bool logarithm) {
  DagmmConfig config;
  config.network.hidden = {5, 4};
  config.network.latent = 2;
  config.network.activation = activation;
  config.network.estimation = {4};
  config.network.components = 2;
  config.network.log_reconstruction = logarithm;
  return config;
}

double value(const TrainableNetwork& network, const torch::Tensor& x) {
  return objective(network, x, c10::nullopt)->total.item<double>();
}

std::string name(Activation activation, bool logarithm) {
  return std::string(activation == Activation::tanh   ? "tanh"
                     : activation == Activation::relu ? "relu"
                                                      : "linear") +
         (logarithm ? ", log" : ", plain");
}

TEST(DagmmObjective, GradientsAgreeWithFiniteDifferencesInEveryElement) {
  const auto x = normal({24, 6}, 1);
  for (const Activation activation : {Activation::tanh, Activation::relu, Activation::linear}) {
    for (const bool logarithm : {true, false}) {
      const DagmmConfig config = small_config(activation, logarithm);
      auto network = TrainableNetwork::initialized(config, 6, 7);
      auto tensors = network.tensors();
      for (auto& tensor : tensors) tensor.requires_grad_(true);
      objective(network, x, c10::nullopt)->total.backward();
      const torch::NoGradGuard no_grad;
      for (std::size_t t = 0; t < tensors.size(); ++t) {
        const auto gradient = tensors[t].grad().contiguous();
        EXPECT_GT(gradient.abs().max().item<double>(), 1e-9)
            << name(activation, logarithm) << ": tensor " << t << " gets no gradient";
        double* element = tensors[t].data_ptr<double>();
        for (std::int64_t i = 0; i < tensors[t].numel(); ++i) {
          constexpr double kStep = 1e-6;
          const double kept = element[i];
          element[i] = kept + kStep;
          const double above = value(network, x);
          element[i] = kept - kStep;
          const double below = value(network, x);
          element[i] = kept;
          const double analytic = gradient.data_ptr<double>()[i];
          EXPECT_NEAR(analytic, (above - below) / (2.0 * kStep), 1e-6 + 1e-6 * std::abs(analytic))
              << name(activation, logarithm) << ": tensor " << t << ", element " << i;
        }
      }
    }
  }
}

TEST(DagmmObjective, IsTheSumOfItsThreeParts) {
  const auto x = normal({24, 6}, 2);
  DagmmConfig config = small_config(Activation::tanh, true);
  config.objective.lambda_energy = 0.25;
  config.objective.lambda_covariance = 0.125;
  const auto network = TrainableNetwork::initialized(config, 6, 3);
  const auto j = objective(network, x, c10::nullopt);
  ASSERT_TRUE(j);
  EXPECT_NEAR(j->total.item<double>(), j->reconstruction + 0.25 * j->energy + 0.125 * j->covariance, 1e-12);
  const Encoded encoded = network.encode(x);
  EXPECT_NEAR(j->reconstruction, (x - encoded.reconstruction).square().sum().item<double>() / 24.0, 1e-12);
}

TEST(DagmmReconstructionFeatures, AreRelativeDistanceAndCosine) {
  const auto x = normal({5, 6}, 4);
  const DagmmConfig plain = small_config(Activation::tanh, false), logarithmic = small_config(Activation::tanh, true);
  // The same weights: they do not depend on the features.
  const Encoded a = TrainableNetwork::initialized(plain, 6, 3).encode(x),
                b = TrainableNetwork::initialized(logarithmic, 6, 3).encode(x);
  for (std::int64_t i = 0; i < 5; ++i) {
    double difference = 0.0, norm = 0.0, other = 0.0, dot = 0.0;
    for (std::int64_t j = 0; j < 6; ++j) {
      const double u = x[i][j].item<double>(), v = a.reconstruction[i][j].item<double>();
      difference += (u - v) * (u - v);
      norm += u * u;
      other += v * v;
      dot += u * v;
    }
    const double relative = std::sqrt(difference / norm), cosine = dot / std::sqrt(norm * other);
    EXPECT_NEAR(a.z[i][2].item<double>(), relative, 1e-9);
    EXPECT_NEAR(a.z[i][3].item<double>(), cosine, 1e-9);
    EXPECT_NEAR(b.z[i][2].item<double>(), std::log(relative + 1e-6), 1e-9);
    EXPECT_NEAR(b.z[i][3].item<double>(), std::log(1.0 - cosine + 1e-6), 1e-9);
  }
}

TEST(DagmmReconstructionFeatures, HaveFiniteGradientsForASilentRow) {
  auto x = normal({24, 6}, 5);
  x[0].zero_();
  const DagmmConfig config = small_config(Activation::tanh, true);
  auto network = TrainableNetwork::initialized(config, 6, 3);
  for (auto& tensor : network.tensors()) tensor.requires_grad_(true);
  objective(network, x, c10::nullopt)->total.backward();
  for (const auto& tensor : network.tensors()) EXPECT_TRUE(torch::isfinite(tensor.grad()).all().item<bool>());
}

TEST(NetworkEstimation, DropsUnitsWhileTrainingOnly) {
  const DagmmConfig config = small_config(Activation::tanh, true);
  const auto network = TrainableNetwork::initialized(config, 6, 3);
  const auto z = normal({16, 4}, 6);
  EXPECT_TRUE(torch::equal(network.estimate(z, c10::nullopt), network.estimate(z, c10::nullopt)));
  const c10::optional<at::Generator> generator = at::make_generator<at::CPUGeneratorImpl>(1);
  const auto dropped = network.estimate(z, generator);
  EXPECT_FALSE(torch::equal(dropped, network.estimate(z, generator)));
  EXPECT_TRUE(torch::allclose(dropped.sum(1), torch::ones({16}, torch::kFloat64)));
}

TEST(NetworkInitialisation, ComesFromTheSeedAlone) {
  const DagmmConfig config = small_config(Activation::tanh, true);
  const auto a = TrainableNetwork::initialized(config, 6, 1).tensors();
  torch::manual_seed(99);
  const auto b = TrainableNetwork::initialized(config, 6, 1).tensors();
  const auto c = TrainableNetwork::initialized(config, 6, 2).tensors();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i], b[i]));
    EXPECT_FALSE(torch::equal(a[i], c[i]));
  }
}

TEST(NetworkInitialisation, GlorotsBoundIsTheMeanOfBothWidthsAndBiasesAreZero) {
  DagmmConfig config = small_config(Activation::tanh, true);
  config.network.hidden = {60};
  const auto bound_of = [&](Initialization initialization) {
    config.schedule.initialization = initialization;
    return TrainableNetwork::initialized(config, 40, 1).encoder[0];
  };
  const auto wide = bound_of(Initialization::glorot), narrow = bound_of(Initialization::uniform);
  EXPECT_NEAR(wide.weight.abs().max().item<double>(), std::sqrt(6.0 / 100.0), 1e-3);
  EXPECT_NEAR(narrow.weight.abs().max().item<double>(), std::sqrt(1.0 / 40.0), 1e-3);
  EXPECT_EQ(wide.bias.abs().max().item<double>(), 0.0);
  EXPECT_GT(narrow.bias.abs().max().item<double>(), 0.0);
}

TEST(NetworkInitialisation, OrthogonalLinearCodesLoseNothingThatTheirWidthCanHold) {
  const auto x = normal({16, 6}, 8);
  DagmmConfig config = small_config(Activation::linear, true);
  config.schedule.initialization = Initialization::orthogonal;
  config.network.hidden = {6};
  config.network.latent = 9;
  const auto whole = TrainableNetwork::initialized(config, 6, 3).encode(x);
  EXPECT_TRUE(torch::allclose(whole.reconstruction, x, 1e-12, 1e-12));
  config.network.hidden = {5};
  config.network.latent = 2;
  const auto part = TrainableNetwork::initialized(config, 6, 3).encode(x);
  const auto lost = x - part.reconstruction;
  EXPECT_LT((lost * part.reconstruction).sum(1).abs().max().item<double>(), 1e-12)
      << "a projection: what is lost stands upright on what is kept";
  EXPECT_GT(lost.square().sum().item<double>(), 1.0);
}

TEST(Dagmm, OfALosslessCodeAloneIsAMixtureOnItsInputs) {
  auto x = normal({400, 3}, 9);
  x.slice(0, 0, 150).add_(6.0);
  DagmmConfig config = small_config(Activation::linear, true);
  config.network.hidden = {};
  config.network.latent = 3;
  config.schedule.initialization = Initialization::orthogonal;
  config.network.reconstruction_features = false;
  config.mixture.em_steps = 100;
  config.mixture.ridge = 1e-6;
  const auto model = fit_dagmm(TrainableNetwork::initialized(config, 3, 4), x, 5);
  ASSERT_TRUE(model);
  MixtureStatistics start(2, 3);
  start.add(x, kmeans_responsibilities(x, 2, 6));
  const auto em = expectation_maximisation(x, start.moments(1e-6), 100, 1e-6);
  ASSERT_TRUE(em);
  const auto expected = sample_energy(x, em->mixture.phi, em->mixture.mu, factorise(em->mixture.sigma, 1e-6)->lower);
  std::vector<Energies> energies(kRows);
  (*model)->energies(std::span(x.data_ptr<double>(), kRows * 3), energies);
  for (std::size_t i = 0; i < energies.size(); ++i)
    EXPECT_NEAR(energies[i].dagmm, expected[static_cast<std::int64_t>(i)].item<double>(), 1e-3);

  TensorMap saved;  // z is as wide as the code in the file too
  (*model)->save(saved, "m.");
  EXPECT_EQ(saved.at("m.mixture.mu").shape, (std::vector<std::int64_t>{2, 3}));
  ASSERT_TRUE(Dagmm::restore(saved, "m.", config, 3, {}));
}

// ---- training
// ---------------------------------------------------------------------------------------------------------

// Rows with structure to learn: six values that follow two hidden ones.
FeatureMatrix structured_rows(std::int64_t rows, std::uint64_t seed) {
  const auto hidden = normal({rows, 2}, seed);
  const auto mixing = normal({2, 6}, 1000);
  const auto x =
      (torch::tanh(hidden).matmul(mixing) + 0.1 * normal({rows, 6}, seed + 1)).to(torch::kFloat32).contiguous();
  const float* values = x.data_ptr<float>();
  return {6, std::vector<float>(values, values + x.numel())};
}

TrainableNetwork parameters_of(const Dagmm& dagmm, const DagmmConfig& config) {
  TensorMap saved;
  dagmm.save(saved, "");
  TrainableNetwork network;
  network.config = config;
  const auto take = [&](const std::string& prefix, std::vector<LinearLayer>& layers) {
    for (int i = 0; saved.contains(prefix + "." + std::to_string(i) + ".weight"); ++i) {
      const auto tensor = [&](const std::string& suffix) {
        const NamedTensor& named = saved.at(prefix + "." + std::to_string(i) + suffix);
        return torch::tensor(named.values, torch::kFloat64).reshape(named.shape);
      };
      layers.push_back({tensor(".weight"), tensor(".bias")});
    }
  };
  take("encoder", network.encoder);
  take("decoder", network.decoder);
  take("estimation", network.estimation);
  return network;
}

TEST(TrainDetector, LowersTheObjectiveOnRowsThatItHasNotSeen) {
  DetectorConfig config;
  config.dagmm = small_config(Activation::tanh, true);
  config.dagmm.schedule.epochs = 60;
  config.dagmm.schedule.batch_size = 64;
  config.dagmm.schedule.learning_rate = 5e-3;
  TrainingReport report;
  const auto detector = train_detector(config, structured_rows(512, 1), 1, {}, &report);
  ASSERT_TRUE(detector) << to_message(detector.error());
  EXPECT_LT(report.last_objective, report.first_objective);
  EXPECT_EQ(report.steps, 60 * 8);
  EXPECT_EQ(report.rows, 512);

  const FeatureMatrix held_out = structured_rows(256, 50);
  auto x = torch::empty({256, 6}, torch::kFloat64);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<double>()[i] =
        (held_out.values[static_cast<std::size_t>(i)] - detector->mean[static_cast<std::size_t>(i % 6)]) /
        detector->scale[static_cast<std::size_t>(i % 6)];
  const double before = value(parameters_of(*detector->untrained[0], config.dagmm), x),
               after = value(parameters_of(*detector->members[0], config.dagmm), x);
  EXPECT_LT(after, 0.7 * before);
}

TEST(TrainDetector, ChangesEveryParameterTensor) {
  DetectorConfig config;
  config.dagmm = small_config(Activation::tanh, true);
  config.dagmm.schedule.epochs = 2;
  config.dagmm.schedule.batch_size = 64;
  const auto detector = train_detector(config, structured_rows(256, 1), 1);
  ASSERT_TRUE(detector);
  const auto before = parameters_of(*detector->untrained[0], config.dagmm).tensors(),
             after = parameters_of(*detector->members[0], config.dagmm).tensors();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_FALSE(torch::equal(before[i], after[i])) << "tensor " << i;
}

}  // namespace
}  // namespace auscult
