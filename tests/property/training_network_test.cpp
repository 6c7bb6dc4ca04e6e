// The scoring networks against libtorch's forward pass and gradients: dense, convolutional and residual, of random
// shapes.
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/dagmm.h"
#include "torch_descent.h"
#include "torch_mixture.h"

namespace auscult {
namespace {

constexpr double kRelative = 1e-10;
constexpr std::int64_t kRowsToFit = 24, kRowsToScore = 5;

torch::Tensor rows(std::int64_t count, std::int64_t width, std::uint64_t seed) {
  return torch::randn({count, width}, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat64);
}

struct Compared {
  TrainableNetwork network;
  std::shared_ptr<const Dagmm> scoring;
  Mixture mixture;
  torch::Tensor lower;
};

torch::Tensor as_tensor(const NamedTensor& named) {
  return torch::tensor(named.values, torch::kFloat64).reshape(named.shape);
}

Compared compared(const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed) {
  Compared c;
  c.network = TrainableNetwork::initialized(config, static_cast<int>(x.size(1)), seed);
  c.network.fix_statistics(x);
  if (!c.network.fix_whitening(x)) throw std::runtime_error("whitening");
  auto fitted = fit_dagmm(c.network, x, seed);
  if (!fitted) throw std::runtime_error(to_message(fitted.error()));
  c.scoring = *fitted;
  TensorMap saved;
  c.scoring->save(saved, "");
  c.mixture = {as_tensor(saved.at("mixture.phi")), as_tensor(saved.at("mixture.mu")),
               as_tensor(saved.at("mixture.sigma"))};
  c.lower = as_tensor(saved.at("mixture.cholesky"));
  return c;
}

torch::Tensor energy_of(const Compared& c, const torch::Tensor& z) {
  return sample_energy(z, c.mixture.phi, c.mixture.mu, c.lower);
}

// What z may differ by is 1e-10 of itself; a steep mixture passes that on: |dE/dz| (1 + |z|), added up.
torch::Tensor allowed_differences(const Compared& c, const torch::Tensor& z) {
  const auto leaf = z.detach().clone().set_requires_grad(true);
  const auto energy = energy_of(c, leaf);
  const auto slope = torch::autograd::grad({energy.sum()}, {leaf})[0].abs();
  return (kRelative * (1.0 + energy.abs() + (slope * (1.0 + leaf.abs())).sum(1))).detach();
}

// E(z), and what each value adds to it: the gradient times the difference from the reconstruction.
void expect_agreement(const DagmmConfig& config, int width, std::uint64_t seed) {
  const auto training = rows(kRowsToFit, width, seed), x = rows(kRowsToScore, width, seed + 1).contiguous();
  const Compared c = compared(config, training, seed);
  const std::span<const double> values(x.data_ptr<double>(), static_cast<std::size_t>(x.numel()));
  std::vector<Energies> energies(kRowsToScore);
  c.scoring->energies(values, energies);
  const auto input = x.clone().set_requires_grad(true);
  const auto z = c.network.encode(input).z;
  const auto expected = energy_of(c, z), allowed = allowed_differences(c, z);
  for (std::int64_t i = 0; i < kRowsToScore; ++i)
    ASSERT_NEAR(energies[static_cast<std::size_t>(i)].dagmm, expected[i].item<double>(), allowed[i].item<double>())
        << "row " << i;

  const auto slope = torch::autograd::grad({expected.sum()}, {input})[0];
  const auto attribution = ((x - c.network.encode(x).reconstruction) * slope).detach().contiguous();
  std::vector<double> found(values.size());
  c.scoring->contributions(EnergyKind::dagmm, values, found);
  const double scale = attribution.abs().max().item<double>();
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], attribution.data_ptr<double>()[i], 1e-8 * (1.0 + scale)) << i;
}

DagmmConfig random_config() {
  DagmmConfig config;
  config.network.latent = *rc::gen::inRange(1, 9);
  config.network.components = *rc::gen::inRange(1, 5);
  config.network.activation = *rc::gen::element(Activation::tanh, Activation::relu, Activation::linear);
  config.network.log_reconstruction = *rc::gen::arbitrary<bool>();
  config.network.sigmoid = *rc::gen::arbitrary<bool>();
  config.mixture.em_steps = *rc::gen::inRange(0, 3);
  config.mixture.ridge = 1e-2;
  return config;
}

RC_GTEST_PROP(Network, OfDenseLayersAgreesWithLibtorch, ()) {
  DagmmConfig config = random_config();
  config.network.hidden = *rc::gen::resize(3, rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 40)));
  config.network.whitened = *rc::gen::arbitrary<bool>();
  if (config.network.whitened) config.network.skip_connection = *rc::gen::element(0.0, 0.8);
  expect_agreement(config, *rc::gen::inRange(2, 50), *rc::gen::inRange<std::uint64_t>(1, 1000));
}

TEST(Network, OfConvolutionsAgreesWithLibtorch) {
  for (const NetworkKind kind : {NetworkKind::conv, NetworkKind::residual}) {
    for (const std::vector<int>& channels : {std::vector<int>{3}, {2, 5}, {2, 3, 4, 5}}) {
      for (const Activation activation : {Activation::tanh, Activation::relu}) {
        DagmmConfig config;
        config.network.kind = kind;
        config.network.hidden = channels;
        config.network.latent = 2;
        config.network.components = 2;
        config.network.activation = activation;
        config.network.sigmoid = activation == Activation::relu;
        config.mixture.em_steps = 2;
        config.mixture.ridge = 1e-2;
        expect_agreement(config, 64 * 64, 7);
      }
    }
  }
}

}  // namespace
}  // namespace auscult
