// Each training of an ablation moves what it may move, and lowers what it minimizes.
#include <gtest/gtest.h>

#include "torch_ablation.h"

namespace auscult {
namespace {

struct Rig {
  DagmmConfig config;
  torch::Tensor x;
  NetworkParameters parameters;
  TrainingReport report;
  JobControl control;
  DescentProgress progress{"test", 0, control, report};

  Rig() {
    config.network.hidden = {6};
    config.network.latent = 2;
    config.network.components = 2;
    config.schedule.batch_size = 64;
    config.schedule.epochs = 40;
    config.schedule.learning_rate = 1e-2;
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
    const auto code = torch::randn({128, 2}, generator, torch::kFloat64);
    x = torch::tanh(code.matmul(torch::randn({2, 5}, generator, torch::kFloat64)));
    parameters = NetworkParameters::initialised(config, 5, 1);
  }
  double error() const { return reconstruction_errors(parameters, config, x).mean().item<double>(); }
};

bool equal(const std::vector<LinearLayer>& a, const std::vector<LinearLayer>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!torch::equal(a[i].weight, b[i].weight) || !torch::equal(a[i].bias, b[i].bias)) return false;
  return true;
}

TEST(PretrainLayers, LowersTheReconstructionErrorAndLeavesTheEstimationNetwork) {
  Rig s;
  s.config.schedule.epochs = 400;  // shared between two layers
  const auto before = s.parameters.clone();
  const double error = s.error();
  ASSERT_TRUE(pretrain_layers(s.parameters, s.config, s.x, 1, s.progress));
  EXPECT_LT(s.error(), 0.7 * error);
  EXPECT_FALSE(equal(s.parameters.encoder, before.encoder));
  EXPECT_TRUE(equal(s.parameters.estimation, before.estimation));
}

TEST(TrainAutoencoder, LowersTheReconstructionErrorAndLeavesTheEstimationNetwork) {
  Rig s;
  const auto before = s.parameters.clone();
  const double error = s.error();
  ASSERT_TRUE(train_autoencoder(s.parameters, s.config, s.x, 1, s.progress));
  EXPECT_LT(s.error(), 0.5 * error);
  EXPECT_TRUE(equal(s.parameters.estimation, before.estimation));
}

TEST(TrainEstimation, LeavesTheAutoencoder) {
  Rig s;
  const auto before = s.parameters.clone();
  ASSERT_TRUE(train_estimation(s.parameters, s.config, s.x, 1, s.progress));
  EXPECT_TRUE(equal(s.parameters.encoder, before.encoder));
  EXPECT_TRUE(equal(s.parameters.decoder, before.decoder));
  EXPECT_FALSE(equal(s.parameters.estimation, before.estimation));
}

TEST(TrainWithoutReconstruction, LowersItsTermsOnly) {
  Rig s;
  const auto terms = [&] {
    const auto value = objective(s.parameters, s.config, s.x, c10::nullopt);
    EXPECT_TRUE(value);
    return s.config.objective.lambda_energy * value->energy + s.config.objective.lambda_covariance * value->covariance;
  };
  const double before = terms();
  ASSERT_TRUE(train_without_reconstruction(s.parameters, s.config, s.x, 1, s.progress));
  EXPECT_LT(terms(), before);
}

TEST(TrainJointly, TakesEpochsTimesWholeBatchesSteps) {
  Rig s;
  ASSERT_TRUE(train_jointly(s.parameters, s.config, s.x, 1, s.progress));
  EXPECT_EQ(s.report.steps, 40 * (128 / 64));
  for (const auto& tensor : s.parameters.tensors()) EXPECT_FALSE(tensor.requires_grad());
}

}  // namespace
}  // namespace auscult
