// Each training of an ablation moves what it may move, and lowers what it minimizes.
#include <gtest/gtest.h>

#include "torch_ablation.h"

namespace auscult {
namespace {

struct Rig {
  torch::Tensor x;
  TrainableNetwork network;
  TrainingReport report;
  JobControl control;
  DescentProgress progress{"test", 0, control, report};

  Rig() {
    DagmmConfig config;
    config.network.hidden = {6};
    config.network.latent = 2;
    config.network.components = 2;
    config.schedule.batch_size = 64;
    config.schedule.epochs = 40;
    config.schedule.learning_rate = 1e-2;
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
    const auto code = torch::randn({128, 2}, generator, torch::kFloat64);
    x = torch::tanh(code.matmul(torch::randn({2, 5}, generator, torch::kFloat64)));
    network = TrainableNetwork::initialized(config, 5, 1);
  }
  AblationTraining training() { return {network, x, 1, progress}; }
  double error() const { return reconstruction_errors(network, x).mean().item<double>(); }
};

bool equal(const std::vector<LinearLayer>& a, const std::vector<LinearLayer>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!torch::equal(a[i].weight, b[i].weight) || !torch::equal(a[i].bias, b[i].bias)) return false;
  return true;
}

TEST(AblationTraining, PretrainingLayersLowersTheReconstructionErrorAndLeavesTheEstimationNetwork) {
  Rig s;
  s.network.config.schedule.epochs = 400;  // shared between two layers
  const auto before = s.network.clone();
  const double error = s.error();
  ASSERT_TRUE(s.training().pretrain_layers());
  EXPECT_LT(s.error(), 0.7 * error);
  EXPECT_FALSE(equal(s.network.encoder, before.encoder));
  EXPECT_TRUE(equal(s.network.estimation, before.estimation));
}

TEST(AblationTraining, OfTheAutoencoderLowersTheReconstructionErrorAndLeavesTheEstimationNetwork) {
  Rig s;
  const auto before = s.network.clone();
  const double error = s.error();
  ASSERT_TRUE(s.training().train_autoencoder());
  EXPECT_LT(s.error(), 0.5 * error);
  EXPECT_TRUE(equal(s.network.estimation, before.estimation));
}

TEST(AblationTraining, OfTheEstimationNetworkLeavesTheAutoencoder) {
  Rig s;
  const auto before = s.network.clone();
  ASSERT_TRUE(s.training().train_estimation());
  EXPECT_TRUE(equal(s.network.encoder, before.encoder));
  EXPECT_TRUE(equal(s.network.decoder, before.decoder));
  EXPECT_FALSE(equal(s.network.estimation, before.estimation));
}

TEST(AblationTraining, WithoutReconstructionLowersItsTermsOnly) {
  Rig s;
  const auto terms = [&] {
    const auto value = objective(s.network, s.x, c10::nullopt);
    EXPECT_TRUE(value);
    return s.network.config.objective.lambda_energy * value->energy +
           s.network.config.objective.lambda_covariance * value->covariance;
  };
  const double before = terms();
  ASSERT_TRUE(s.training().train_without_reconstruction());
  EXPECT_LT(terms(), before);
}

TEST(AblationTraining, TakesEpochsTimesWholeBatchesSteps) {
  Rig s;
  ASSERT_TRUE(s.training().train_jointly());
  EXPECT_EQ(s.report.steps, 40 * (128 / 64));
  for (const auto& tensor : s.network.tensors()) EXPECT_FALSE(tensor.requires_grad());
}

}  // namespace
}  // namespace auscult
