// A Gaussian mixture with fixed parameters: E(z) of Zong et al. (2018), equation 6, by Cholesky factors and
// log-sum-exp, and its gradient. Fitting is part of training. Internal to the library. Thread rule: immutable after
// construction.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/tensors.h"

namespace auscult::nn {

class GaussianMixture {
 public:
  GaussianMixture() = default;
  /// phi: K; mu: K x D; lower: K x D x D, lower triangular with a positive diagonal.
  GaussianMixture(std::vector<double> phi, std::vector<double> mu, std::vector<double> lower);
  /// Takes phi, mu and cholesky, and with `Sigma::kept` sigma too, which must be the product of the factors.
  /// Errors: model_damaged (missing, wrong shape, not a density).
  enum class Sigma { kept, absent };
  static Result<GaussianMixture> restore(TensorMap& tensors, const std::string& prefix, std::int64_t components,
                                         std::int64_t dimensions, Sigma sigma);
  void save(TensorMap& tensors, const std::string& prefix) const;

  bool empty() const { return phi_.empty(); }
  std::size_t dimensions() const { return phi_.empty() ? 0 : mu_.size() / phi_.size(); }
  std::size_t components() const { return phi_.size(); }
  const std::vector<double>& phi() const { return phi_; }
  const std::vector<double>& mu() const { return mu_; }
  const std::vector<double>& lower() const { return lower_; }

  /// Negative log-density of one row of D values.
  double energy(std::span<const double> z) const;
  /// The energy's gradient with respect to z: sum of p_k Sigma_k^-1 (z - mu_k), with p the posterior of the components.
  void gradient(std::span<const double> z, std::span<double> out) const;

 private:
  // log(phi_k N(z | mu_k, Sigma_k)); y becomes L_k^-1 (z - mu_k).
  double log_joint(std::size_t component, std::span<const double> z, std::span<double> y) const;

  std::vector<double> phi_, mu_, lower_;
  std::vector<double> columns_;    // lower_, each factor transposed
  std::vector<double> sigma_;      // as in the file; empty if the file has none
  std::vector<double> constants_;  // log phi_k - log|2 pi Sigma_k| / 2
};

}  // namespace auscult::nn
