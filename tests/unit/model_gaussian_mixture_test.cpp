// The fixed mixture by which a model scores, against the formula with explicit inverse and determinant.
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "gaussian_mixture.h"

namespace auscult {
namespace {

using nn::GaussianMixture;

// Two components in two dimensions; lower triangles of Sigma = {{4, 1}, {1, 1.25}} and {{0.25, -0.5}, {-0.5, 1.01}}.
const std::vector<double> kPhi = {0.3, 0.7}, kMu = {1.0, -2.0, 0.0, 0.5};
const std::vector<double> kLower = {2.0, 0.0, 0.5, 1.0, 0.5, 0.0, -1.0, 0.1};

double density(double phi, double x, double y, double a, double b, double c) {  // Sigma = {{a, b}, {b, c}}
  const double determinant = a * c - b * b;
  const double q = (c * x * x - 2.0 * b * x * y + a * y * y) / determinant;
  return phi * std::exp(-0.5 * q) / (2.0 * std::numbers::pi * std::sqrt(determinant));
}

double expected_energy(double x, double y) {
  return -std::log(density(0.3, x - 1.0, y + 2.0, 4.0, 1.0, 1.25) + density(0.7, x, y - 0.5, 0.25, -0.5, 1.01));
}

const std::vector<std::vector<double>> kPoints = {{0.0, 0.0}, {1.0, -2.0}, {0.0, 0.5}, {-3.0, 2.0}, {2.5, -1.0}};

TEST(GaussianMixture, EnergyIsMinusTheLogarithmOfTheDensity) {
  const GaussianMixture mixture(kPhi, kMu, kLower);
  for (const auto& z : kPoints)
    EXPECT_NEAR(mixture.energy(z), expected_energy(z[0], z[1]), 1e-9) << z[0] << ' ' << z[1];
}

TEST(GaussianMixture, EnergyIsFiniteWhereTheDensityUnderflows) {
  const GaussianMixture mixture(kPhi, kMu, kLower);
  const std::vector<double> far = {1e6, -1e6};
  EXPECT_EQ(expected_energy(far[0], far[1]), HUGE_VAL);
  EXPECT_TRUE(std::isfinite(mixture.energy(far)));
  EXPECT_GT(mixture.energy(far), 1e11);
}

TEST(GaussianMixture, GradientIsTheSlopeOfTheEnergy) {
  const GaussianMixture mixture(kPhi, kMu, kLower);
  constexpr double kStep = 1e-5;
  for (const auto& z : kPoints) {
    std::vector<double> gradient(2);
    mixture.gradient(z, gradient);
    for (std::size_t i = 0; i < 2; ++i) {
      auto above = z, below = z;
      above[i] += kStep;
      below[i] -= kStep;
      const double slope = (mixture.energy(above) - mixture.energy(below)) / (2.0 * kStep);
      EXPECT_NEAR(gradient[i], slope, 1e-4 * std::max(1.0, std::abs(slope))) << z[0] << ' ' << z[1];
    }
  }
}

TEST(GaussianMixture, ComesBackFromItsTensorsBitForBit) {
  const GaussianMixture mixture(kPhi, kMu, kLower);
  TensorMap tensors;
  mixture.save(tensors, "m.");
  const auto restored = GaussianMixture::restore(tensors, "m.", 2, 2, GaussianMixture::Sigma::absent);
  ASSERT_TRUE(restored) << to_message(restored.error());
  for (const auto& z : kPoints) EXPECT_EQ(restored->energy(z), mixture.energy(z));
}

TEST(GaussianMixture, RefusesWeightsThatDoNotSumToOne) {
  TensorMap tensors;
  GaussianMixture({0.3, 0.6}, kMu, kLower).save(tensors, "m.");
  const auto restored = GaussianMixture::restore(tensors, "m.", 2, 2, GaussianMixture::Sigma::absent);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, ErrorCode::model_damaged);
}

}  // namespace
}  // namespace auscult
