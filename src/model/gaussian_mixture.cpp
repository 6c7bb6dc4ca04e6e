#include "gaussian_mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "row_kernels.h"

namespace auscult::nn {
namespace {

bool weights_sum_to_one(const std::vector<double>& phi) {
  const bool positive = std::all_of(phi.begin(), phi.end(), [](double p) { return p > 0.0; });
  return positive && std::abs(std::accumulate(phi.begin(), phi.end(), 0.0) - 1.0) < 1e-6;
}

// Lower triangular with a positive diagonal: the factor of a covariance.
bool is_factor(const double* lower, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    if (!(lower[i * n + i] > 0.0)) return false;
    for (std::size_t j = i + 1; j < n; ++j)
      if (lower[i * n + j] != 0.0) return false;
  }
  return true;
}

bool is_product(const double* lower, const double* sigma, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0.0;
      for (std::size_t k = 0; k <= std::min(i, j); ++k) sum += lower[i * n + k] * lower[j * n + k];
      const double rounding = 1e-12 * std::sqrt(std::abs(sigma[i * n + i])) * std::sqrt(std::abs(sigma[j * n + j]));
      if (!(std::abs(sum - sigma[i * n + j]) <= 1e-9 + 1e-6 * std::abs(sigma[i * n + j]) + rounding)) return false;
    }
  }
  return true;
}

}  // namespace

GaussianMixture::GaussianMixture(std::vector<double> phi, std::vector<double> mu, std::vector<double> lower)
    : phi_(std::move(phi)), mu_(std::move(mu)), lower_(std::move(lower)) {
  const std::size_t n = dimensions();
  for (std::size_t k = 0; k < phi_.size(); ++k) {
    double log_determinant = 0.0;
    for (std::size_t i = 0; i < n; ++i) log_determinant += std::log(lower_[(k * n + i) * n + i]);
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t i = 0; i < n; ++i) columns_.push_back(lower_[(k * n + i) * n + j]);
    constants_.push_back(std::log(phi_[k]) -
                         0.5 * (2.0 * log_determinant + std::log(2.0 * std::numbers::pi) * static_cast<double>(n)));
  }
}

Result<GaussianMixture> GaussianMixture::restore(TensorMap& tensors, const std::string& prefix, std::int64_t k,
                                                 std::int64_t d, Sigma kept) {
  AUSCULT_TRY_ASSIGN(std::vector<double> phi, take_tensor(tensors, prefix + "phi", {k}));
  AUSCULT_TRY_ASSIGN(std::vector<double> mu, take_tensor(tensors, prefix + "mu", {k, d}));
  std::vector<double> sigma;
  if (kept == Sigma::kept) {
    AUSCULT_TRY_ASSIGN(sigma, take_tensor(tensors, prefix + "sigma", {k, d, d}));
  }
  AUSCULT_TRY_ASSIGN(std::vector<double> lower, take_tensor(tensors, prefix + "cholesky", {k, d, d}));
  if (!weights_sum_to_one(phi))
    return damaged_model("the mixture in " + prefix + " is not a density: its weights do not sum to 1");
  // The stored factor makes scores bit-identical; it must still be the factor of a covariance.
  const auto n = static_cast<std::size_t>(d);
  for (std::size_t c = 0; c < phi.size(); ++c) {
    const double* factor = lower.data() + c * n * n;
    if (!is_factor(factor, n) || (!sigma.empty() && !is_product(factor, sigma.data() + c * n * n, n)))
      return damaged_model("the mixture in " + prefix + " is not a density: tensor " + prefix +
                           "cholesky is not a factor of a covariance");
  }
  GaussianMixture mixture(std::move(phi), std::move(mu), std::move(lower));
  mixture.sigma_ = std::move(sigma);
  return mixture;
}

void GaussianMixture::save(TensorMap& tensors, const std::string& prefix) const {
  const auto k = static_cast<std::int64_t>(components()), d = static_cast<std::int64_t>(dimensions());
  tensors[prefix + "phi"] = {{k}, phi_};
  tensors[prefix + "mu"] = {{k, d}, mu_};
  if (!sigma_.empty()) tensors[prefix + "sigma"] = {{k, d, d}, sigma_};
  tensors[prefix + "cholesky"] = {{k, d, d}, lower_};
}

// Forward substitution by columns: every y_i is reduced by the same products in the same order as by rows, but those of
// one column do not wait for each other.
double GaussianMixture::log_joint(std::size_t component, std::span<const double> z, std::span<double> y) const {
  const std::size_t n = z.size();
  const double* mu = mu_.data() + component * n;
  const double* column = columns_.data() + component * n * n;
  double* rest = y.data();
  for (std::size_t i = 0; i < n; ++i) rest[i] = z[i] - mu[i];
  double distance = 0.0;
  for (std::size_t j = 0; j < n; ++j, column += n) {
    const double solved = rest[j] / column[j];
    rest[j] = solved;
    distance += solved * solved;
    for (std::size_t i = j + 1; i < n; ++i) rest[i] -= column[i] * solved;
  }
  return constants_[component] - 0.5 * distance;
}

double GaussianMixture::energy(std::span<const double> z) const {
  std::vector<double> y(z.size()), joints;
  for (std::size_t k = 0; k < phi_.size(); ++k) joints.push_back(log_joint(k, z, y));
  return -log_sum_exp(joints);
}

void GaussianMixture::gradient(std::span<const double> z, std::span<double> out) const {
  const std::size_t n = z.size();
  std::vector<double> joints, solutions(phi_.size() * n);
  for (std::size_t k = 0; k < phi_.size(); ++k)
    joints.push_back(log_joint(k, z, std::span(solutions).subspan(k * n, n)));
  std::vector<double> copy = joints;
  const double total = log_sum_exp(copy);
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t k = 0; k < phi_.size(); ++k) {
    const double posterior = std::exp(joints[k] - total);
    const double* lower = lower_.data() + k * n * n;
    double* y = solutions.data() + k * n;
    for (std::size_t i = n; i-- > 0;) {  // L' x = y, in place
      for (std::size_t j = i + 1; j < n; ++j) y[i] -= lower[j * n + i] * y[j];
      y[i] /= lower[i * n + i];
      out[i] += posterior * y[i];
    }
  }
}

}  // namespace auscult::nn
