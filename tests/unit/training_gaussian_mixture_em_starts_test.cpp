// Several starts of EM: the most likely mixture is kept.
#include <vector>

#include <gtest/gtest.h>

#include "torch_mixture.h"

namespace auscult {
namespace {

constexpr int kRows = 8;  // evaluated together

// Four clusters of unequal size and spread in four dimensions: from some k-means starts EM ends in a poor optimum.
torch::Tensor clusters() {
  const auto normal = [](std::int64_t rows, std::uint64_t seed) {
    return torch::randn({rows, 4}, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat64);
  };
  return torch::cat({normal(150, 1), 0.1 * normal(30, 2) + 3.0, 2.5 * normal(60, 3) - 5.0, 0.3 * normal(16, 4) - 2.0});
}

// The linear code keeps all four dimensions, so that the mean energy of the training rows is what EM minimized.
double mean_energy(int starts, std::uint64_t seed) {
  DagmmConfig config;
  config.hidden = {};
  config.latent = 4;
  config.activation = Activation::linear;
  config.components = 8;  // more than there are clusters: k-means has many ways to divide them
  config.em_steps = 60;
  config.em_starts = starts;
  const auto x = clusters();
  const auto model = fit_dagmm(NetworkParameters::initialised(config, 4, 1), config, x, seed);
  EXPECT_TRUE(model);
  double sum = 0.0;
  std::vector<Energies> out(kRows);
  for (std::int64_t begin = 0; begin < x.size(0); begin += kRows) {
    (*model)->energies({x.data_ptr<double>() + begin * 4, kRows * 4}, out);
    for (const Energies& e : out) sum += e.dagmm;
  }
  return sum / static_cast<double>(x.size(0));
}

TEST(GaussianMixtureEmStarts, MoreOfThemNeverMakeTheMixtureLessLikely) {
  ASSERT_EQ(clusters().size(0) % kRows, 0);
  int better = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const double one = mean_energy(1, seed), ten = mean_energy(10, seed);
    EXPECT_LE(ten, one + 1e-6) << "seed " << seed;
    better += ten < one - 0.01;
  }
  EXPECT_GE(better, 1) << "no start was ever poor: this test shows nothing";
}

TEST(GaussianMixtureEmStarts, AreReproducible) {
  EXPECT_EQ(mean_energy(5, 3), mean_energy(5, 3));
}

}  // namespace
}  // namespace auscult
