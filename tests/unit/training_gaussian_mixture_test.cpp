// The mixture against independent arithmetic: densities, moments, EM, covariance shrinkage.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "torch_mixture.h"

namespace auscult {
namespace {

using Matrix = std::vector<std::vector<long double>>;

torch::Tensor normal(std::vector<std::int64_t> shape, std::uint64_t seed) {
  return torch::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat64);
}

// Random mixture with well-conditioned covariances.
Mixture random_mixture(std::int64_t k, std::int64_t d, std::uint64_t seed) {
  const auto a = normal({k, d, d}, seed);
  const auto weight = normal({k}, seed + 1).exp();
  return {weight / weight.sum(), 2.0 * normal({k, d}, seed + 2),
          a.matmul(a.transpose(1, 2)) + 0.5 * torch::eye(d, torch::kFloat64)};
}

// Inverse and determinant by Gauss-Jordan elimination, independent of the library's Cholesky factorization.
Matrix inverse(Matrix a, long double& determinant) {
  const std::size_t n = a.size();
  Matrix b(n, std::vector<long double>(n, 0.0L));
  for (std::size_t i = 0; i < n; ++i) b[i][i] = 1.0L;
  determinant = 1.0L;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column; row < n; ++row)
      if (std::abs(a[row][column]) > std::abs(a[pivot][column])) pivot = row;
    if (pivot != column) {
      std::swap(a[pivot], a[column]);
      std::swap(b[pivot], b[column]);
      determinant = -determinant;
    }
    const long double p = a[column][column];
    determinant *= p;
    for (std::size_t j = 0; j < n; ++j) a[column][j] /= p, b[column][j] /= p;
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const long double factor = a[row][column];
      for (std::size_t j = 0; j < n; ++j) a[row][j] -= factor * a[column][j], b[row][j] -= factor * b[column][j];
    }
  }
  return b;
}

// -log phi_k N(z | mu_k, Sigma_k) of each component, from the formula in the paper: exp(-q/2) / sqrt|2 pi Sigma|.
std::vector<long double> component_energies(const Mixture& m, const torch::Tensor& z) {
  std::vector<long double> energies;
  const auto d = static_cast<std::size_t>(z.size(0));
  for (std::int64_t k = 0; k < m.phi.size(0); ++k) {
    Matrix sigma(d, std::vector<long double>(d));
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j)
        sigma[i][j] = m.sigma[k][static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)].item<double>();
    long double determinant = 0.0L, q = 0.0L;
    const Matrix precision = inverse(sigma, determinant);
    std::vector<long double> c(d);
    for (std::size_t i = 0; i < d; ++i)
      c[i] = z[static_cast<std::int64_t>(i)].item<double>() - m.mu[k][static_cast<std::int64_t>(i)].item<double>();
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j) q += c[i] * precision[i][j] * c[j];
    const long double log_root =
        0.5L * (std::log(determinant) + static_cast<long double>(d) * std::log(2.0L * std::numbers::pi_v<long double>));
    energies.push_back(0.5L * q + log_root - std::log(static_cast<long double>(m.phi[k].item<double>())));
  }
  return energies;
}

TEST(GaussianMixtureEnergy, AgreesWithTheFormulaWithExplicitInverseAndDeterminant) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Mixture m = random_mixture(3, 4, seed);
    const auto z = 2.0 * normal({20, 4}, 100 + seed);
    const auto energy = sample_energy(z, m.phi, m.mu, factorise(m.sigma, 1e-3)->lower);
    for (std::int64_t i = 0; i < z.size(0); ++i) {
      long double density = 0.0L;
      for (const long double e : component_energies(m, z[i])) density += std::exp(-e);
      EXPECT_NEAR(energy[i].item<double>(), static_cast<double>(-std::log(density)), 1e-9)
          << "seed " << seed << ", row " << i;
    }
  }
}

TEST(GaussianMixtureEnergy, IsNotCappedWhereDensitiesUnderflow) {
  const Mixture m = random_mixture(3, 4, 9);
  const auto z = 1e6 * normal({20, 4}, 10);  // exp(-1e11) is zero in every floating-point format
  const auto energy = sample_energy(z, m.phi, m.mu, factorise(m.sigma, 1e-3)->lower);
  for (std::int64_t i = 0; i < z.size(0); ++i) {
    auto parts = component_energies(m, z[i]);
    const auto expected = static_cast<double>(*std::min_element(parts.begin(), parts.end()));
    EXPECT_NEAR(energy[i].item<double>() / expected, 1.0, 1e-9);
    EXPECT_GT(energy[i].item<double>(), 1e9);
  }
}

TEST(GaussianMixtureEnergy, OfOneStandardNormalIsKnown) {
  const auto energy = sample_energy(torch::zeros({1, 2}, torch::kFloat64), torch::ones({1}, torch::kFloat64),
                                    torch::zeros({1, 2}, torch::kFloat64), torch::eye(2, torch::kFloat64).unsqueeze(0));
  EXPECT_NEAR(energy[0].item<double>(), std::log(2.0 * std::numbers::pi),
              1e-15);  // |2 pi I|^(1/2) = 2 pi, not its root
}

TEST(GaussianMixtureStatistics, OfAnyPartitionEqualThoseOfOnePass) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    const std::int64_t rows = 60, k = 3, d = 3;
    auto z = normal({rows, d}, 200 + static_cast<std::uint64_t>(round));
    // Batches whose means lie far apart: where merging batch-centred covariances goes wrong.
    z = z + 50.0 * torch::arange(rows, torch::kFloat64).div(10, "floor").unsqueeze(1);
    const auto gamma = torch::softmax(3.0 * normal({rows, k}, 300 + static_cast<std::uint64_t>(round)), 1);
    const Mixture whole = mixture_moments(z, gamma, 1e-3);
    MixtureStatistics statistics(k, d);
    for (std::int64_t begin = 0; begin < rows;) {
      const std::int64_t size = std::min<std::int64_t>(rows - begin, 1 + static_cast<std::int64_t>(random() % 17));
      statistics.add(z.slice(0, begin, begin + size), gamma.slice(0, begin, begin + size));
      begin += size;
    }
    const Mixture merged = statistics.moments(1e-3);
    EXPECT_TRUE(torch::allclose(merged.phi, whole.phi, 1e-12, 1e-12));
    EXPECT_TRUE(torch::allclose(merged.mu, whole.mu, 1e-11, 1e-9));
    EXPECT_TRUE(torch::allclose(merged.sigma, whole.sigma, 1e-9, 1e-7));
  }
}

TEST(GaussianMixtureStatistics, AComponentWithoutDataStaysADensity) {
  const auto z = normal({50, 2}, 5);
  auto gamma = torch::zeros({50, 3}, torch::kFloat64);
  gamma.select(1, 0).fill_(1.0);
  MixtureStatistics statistics(3, 2);
  statistics.add(z, gamma);
  const Mixture m = statistics.moments(1e-3);
  EXPECT_TRUE((m.phi > 0).all().item<bool>());
  EXPECT_NEAR(m.phi.sum().item<double>(), 1.0, 1e-12);
  const auto factors = factorise(m.sigma, 1e-3);
  ASSERT_TRUE(factors);
  EXPECT_EQ(factors->escalations, 0);
}

TEST(GaussianMixtureEm, NeverLowersTheLikelihood) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto z = torch::cat(
        {normal({80, 3}, seed), 0.3 * normal({60, 3}, seed + 10) + 3.0, 2.0 * normal({40, 3}, seed + 20) - 4.0});
    MixtureStatistics statistics(3, 3);
    statistics.add(z, torch::softmax(normal({180, 3}, seed + 30), 1));  // a poor start, so that there is far to go
    const Mixture start = statistics.moments(1e-9);
    double before = -std::numeric_limits<double>::infinity();
    double first = before;
    for (int steps = 1; steps <= 25; ++steps) {
      const auto em = expectation_maximisation(z, start, steps, 1e-9);
      ASSERT_TRUE(em);
      EXPECT_GE(em->log_likelihood, before - 1e-9) << "seed " << seed << ", step " << steps;
      before = em->log_likelihood;
      if (steps == 1) first = before;
    }
    EXPECT_GT(before, first + 0.1) << "it has learned something";
  }
}

TEST(GaussianMixtureEm, FindsTheClustersThatAreThere) {
  const auto z = torch::cat({normal({300, 2}, 1), 0.5 * normal({100, 2}, 2) + 8.0});
  MixtureStatistics statistics(2, 2);
  statistics.add(z, kmeans_responsibilities(z, 2, 1));
  const auto em = expectation_maximisation(z, statistics.moments(1e-6), 50, 1e-6);
  ASSERT_TRUE(em);
  const std::int64_t small = em->mixture.phi[0].item<double>() < 0.5 ? 0 : 1;
  EXPECT_NEAR(em->mixture.phi[small].item<double>(), 0.25, 0.01);
  EXPECT_NEAR(em->mixture.mu[small][0].item<double>(), 8.0, 0.2);
  EXPECT_NEAR(em->mixture.sigma[small][0][0].item<double>(), 0.25, 0.08);
}

TEST(GaussianMixtureKMeans, GivesOneHardAssignmentARowEvenForEqualRows) {
  for (const auto& z : {normal({40, 3}, 8), torch::ones({40, 3}, torch::kFloat64)}) {
    const auto gamma = kmeans_responsibilities(z, 4, 3);
    EXPECT_TRUE(torch::equal(gamma.sum(1), torch::ones({40}, torch::kFloat64)));
    EXPECT_TRUE(((gamma == 0) | (gamma == 1)).all().item<bool>());
  }
}

TEST(GaussianMixtureFactorise, EscalatesOnASingularCovarianceAndCounts) {
  const auto singular = torch::ones({2, 3, 3}, torch::kFloat64);  // rank one
  const auto factors = factorise(singular, 1e-3);
  ASSERT_TRUE(factors);
  EXPECT_GE(factors->escalations, 1);
  const auto product = factors->lower.matmul(factors->lower.transpose(1, 2));
  EXPECT_TRUE(torch::allclose(product, singular, 0.0, 0.011)) << "the smallest ridge that helps";
  EXPECT_EQ(factorise(singular + torch::eye(3, torch::kFloat64), 1e-3)->escalations, 0);
}

TEST(GaussianMixtureFactorise, RefusesWhatNoRidgeHelps) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e30}) {
    const auto factors = factorise(
        bad * torch::eye(3, torch::kFloat64).unsqueeze(0) + torch::full({1, 3, 3}, std::isnan(bad) ? bad : 0.0), 1e-3);
    ASSERT_FALSE(factors) << bad;
    EXPECT_EQ(factors.error().code, ErrorCode::training_diverged);
    EXPECT_FALSE(factors.error().hint.empty());
  }
}

// import numpy as np; from sklearn.covariance import LedoitWolf
// x = np.array([[np.sin(.7*(i+1)*(j+1)) + .3*j*np.cos(.9*i) for j in range(4)] for i in range(40)]); x -= x.mean(0)
// lw = LedoitWolf(assume_centered=True).fit(x); print(lw.shrinkage_, np.linalg.slogdet(lw.covariance_)[1],
// lw.precision_)
TEST(GaussianMixtureShrunkCovariance, AgreesWithScikitLearn) {
  auto x = torch::empty({40, 4}, torch::kFloat64);
  for (int i = 0; i < 40; ++i)
    for (int j = 0; j < 4; ++j) x[i][j] = std::sin(0.7 * (i + 1) * (j + 1)) + 0.3 * j * std::cos(0.9 * i);
  const auto whitening = shrunk_whitening(x - x.mean(0));
  ASSERT_TRUE(whitening);
  EXPECT_NEAR(whitening->shrinkage, 0.4772093371462615, 1e-12);
  EXPECT_NEAR(whitening->log_determinant, -1.690131727334707, 1e-6);
  const auto precision = whitening->matrix.t().matmul(whitening->matrix);
  const double expected[4][4] = {{1.72002319e+00, -7.32663190e-04, 3.22182102e-03, -1.85903416e-03},
                                 {-7.32663190e-04, 1.64901827e+00, -1.09493775e-01, -1.64618601e-01},
                                 {3.22182102e-03, -1.09493775e-01, 1.54613150e+00, -2.71836355e-01},
                                 {-1.85903416e-03, -1.64618601e-01, -2.71836355e-01, 1.31020973e+00}};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) EXPECT_NEAR(precision[i][j].item<double>(), expected[i][j], 1e-6) << i << ", " << j;
}

TEST(GaussianMixtureShrunkCovariance, SurvivesConstantInput) {
  const auto whitening = shrunk_whitening(torch::zeros({30, 5}, torch::kFloat64));
  ASSERT_TRUE(whitening);
  EXPECT_TRUE(torch::isfinite(whitening->matrix).all().item<bool>());
  EXPECT_TRUE(std::isfinite(whitening->log_determinant));
}

TEST(GaussianMixtureKMeans, DoesNotStayWithAFewOutliersThatItBeganAt) {
  auto z = 0.5 * normal({403, 2}, 4);
  z.slice(0, 0, 200).select(1, 0).sub_(2.0);
  z.slice(0, 200, 400).select(1, 0).add_(2.0);
  z.slice(0, 400, 403).select(1, 1).add_(15.0);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto sizes = kmeans_responsibilities(z, 2, seed).sum(0);
    EXPECT_GT(sizes.min().item<double>(), 190.0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace auscult
