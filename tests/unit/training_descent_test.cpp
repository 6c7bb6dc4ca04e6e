// Gradient steps that are written out, against libtorch's own.
#include <vector>

#include <gtest/gtest.h>

#include "torch_autoencoder.h"
#include "torch_descent.h"

namespace auscult {
namespace {

torch::Tensor normal(at::IntArrayRef shape, std::uint64_t seed) {
  return torch::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat64);
}

DagmmConfig network_of(std::vector<int> hidden, Activation activation, double skip, bool sigmoid) {
  DagmmConfig config;
  config.network.hidden = std::move(hidden);
  config.network.latent = 3;
  config.network.activation = activation;
  config.network.whitened = skip > 0.0;
  config.network.skip_connection = skip;
  config.network.sigmoid = sigmoid;
  config.objective.lambda_energy = config.objective.lambda_covariance = 0.0;
  return config;
}

TEST(ReconstructionGradient, IsThatOfAutomaticDifferentiation) {
  for (const DagmmConfig& config :
       {network_of({5}, Activation::tanh, 0.8, false), network_of({7, 4}, Activation::relu, 0.0, false),
        network_of({}, Activation::linear, 0.5, false), network_of({5}, Activation::tanh, 0.0, true)}) {
    const auto x = normal({20, 6}, 1), seen = x + 0.3 * normal({20, 6}, 2);
    auto network = TrainableNetwork::initialized(config, 6, 3);
    ASSERT_TRUE(network.fix_whitening(x));
    ASSERT_TRUE(only_reconstructs(config));
    auto leaves = network.tensors();
    for (auto& leaf : leaves) leaf.requires_grad_(true);
    const auto expected = input_objective(network, x, seen, c10::nullopt);
    ASSERT_TRUE(expected);
    expected->total.backward();
    std::vector<torch::Tensor> slopes;
    for (auto& leaf : leaves) {
      slopes.push_back(leaf.grad().defined() ? leaf.grad().clone() : torch::zeros_like(leaf));
      leaf.mutable_grad() = torch::zeros_like(leaf);
    }
    ReconstructionGradient gradient(network);
    for (const std::int64_t rows : {7, 20}) {  // the buffers follow the size of the batch
      const double error = gradient.differentiate(x.slice(0, 0, rows), seen.slice(0, 0, rows));
      if (rows == 20) {
        EXPECT_NEAR(error, expected->reconstruction, 1e-12 * expected->reconstruction);
      }
    }
    for (std::size_t i = 0; i < leaves.size(); ++i)
      EXPECT_TRUE(torch::allclose(leaves[i].grad(), slopes[i], 1e-10, 1e-12)) << "parameter " << i;
  }
}

TEST(ReconstructionGradient, IsNotTheWholeObjectiveWhereTheMixtureShapesTheCode) {
  DagmmConfig config = network_of({5}, Activation::tanh, 0.0, false);
  EXPECT_TRUE(only_reconstructs(config));
  config.objective.lambda_covariance = 0.005;
  EXPECT_FALSE(only_reconstructs(config));
  config.objective.lambda_covariance = 0.0;
  config.network.kind = NetworkKind::conv;
  EXPECT_FALSE(only_reconstructs(config));
}

TEST(Descent, TakesTheStepsOfAdam) {
  const auto rows = normal({32, 4}, 5);
  std::vector<torch::Tensor> leaves = {normal({4, 3}, 6), normal({3}, 7)}, others;
  for (const auto& leaf : leaves) others.push_back(leaf.clone().requires_grad_(true));
  const auto value = [](const std::vector<torch::Tensor>& p, const torch::Tensor& batch) {
    return (torch::tanh(batch.matmul(p[0]) + p[1]) - 0.5).square().sum(1).mean();
  };
  ScheduleConfig schedule;
  schedule.learning_rate = 0.01;
  schedule.batch_size = 32;
  schedule.epochs = 25;
  schedule.max_steps = 0;
  schedule.gradient_clip = 0.0;
  TrainingReport report;
  const JobControl control;
  const DescentProgress progress{"test", 25, control, report};
  const auto minimise = [&](const torch::Tensor& batch, const c10::optional<at::Generator>&) -> Result<Objective> {
    return Objective{value(leaves, batch)};
  };
  ASSERT_TRUE(Descent(schedule, 1, progress).run(leaves, minimise, rows));
  torch::optim::Adam adam(others, torch::optim::AdamOptions(0.01));
  for (int step = 0; step < 25; ++step) {
    adam.zero_grad();
    value(others, rows).backward();
    adam.step();
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_TRUE(torch::allclose(leaves[i], others[i].detach(), 1e-9, 1e-9)) << leaves[i] << others[i];
    EXPECT_FALSE(leaves[i].requires_grad());
    EXPECT_FALSE(leaves[i].grad().defined());
  }
}

}  // namespace
}  // namespace auscult
