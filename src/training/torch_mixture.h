// The Gaussian mixture of DAGMM in double precision: moments from responsibilities, energy by Cholesky factors and
// log-sum-exp, EM, and the shrunk covariance of residuals. Internal to the library (libtorch).
// Thread rule: free functions on values; statistics objects belong to one thread.
#pragma once

#include <cstdint>
#include <memory>

#include <torch/torch.h>

#include "auscult/error.h"
#include "model/dagmm.h"
#include "torch_network.h"

namespace auscult {

/// K components in D dimensions; all tensors float64.
struct Mixture {
  torch::Tensor phi;    ///< (K)
  torch::Tensor mu;     ///< (K, D)
  torch::Tensor sigma;  ///< (K, D, D), the ridge included
};

/// phi, mu and Sigma of Zong et al. (2018), equation 5, from z (N, D) and responsibilities gamma (N, K), with `ridge`
/// added to each covariance's diagonal. Differentiable.
Mixture mixture_moments(const torch::Tensor& z, const torch::Tensor& gamma, double ridge);

/// Lower Cholesky factors (K, D, D). If a covariance is not positive definite, a ridge that grows tenfold with each
/// attempt is added, and attempts are counted. Errors: training_diverged if it contains non-finite numbers or no ridge
/// helps.
struct Factorised {
  torch::Tensor lower;
  int escalations = 0;
};
Result<Factorised> factorise(const torch::Tensor& sigma, double ridge);

/// log(phi_k N(z | mu_k, Sigma_k)) as (K, N).
torch::Tensor log_joint_density(const torch::Tensor& z, const torch::Tensor& phi, const torch::Tensor& mu,
                                const torch::Tensor& lower);

/// E(z) of equation 6 as (N): negative log-density of the mixture, including |2 pi Sigma|^(1/2).
torch::Tensor sample_energy(const torch::Tensor& z, const torch::Tensor& phi, const torch::Tensor& mu,
                            const torch::Tensor& lower);

/// Moments of a data set that arrives in batches, merged exactly (Chan et al. 1979), including the between-batch term.
class MixtureStatistics {
 public:
  MixtureStatistics(std::int64_t components, std::int64_t dimensions);
  void add(const torch::Tensor& z, const torch::Tensor& gamma);
  /// As mixture_moments over everything added. A component with less than `min_weight` of the data keeps at least that
  /// phi; its covariance is then dominated by the ridge and the pooled covariance.
  Mixture moments(double ridge, double min_weight = 1e-4) const;

 private:
  double rows_ = 0.0;
  torch::Tensor weight_, mean_, scatter_;
};

/// EM from `start`: `steps` rounds of responsibilities, then phi, mu, Sigma. Stops early once the mean log-likelihood
/// rises by less than 1e-7. Errors: training_diverged.
struct EmResult {
  Mixture mixture;
  double log_likelihood = 0.0;  ///< mean over rows, before the last M step
  int steps = 0;
};
Result<EmResult> expectation_maximisation(const torch::Tensor& z, Mixture start, int steps, double ridge);

/// Hard responsibilities (N, K) from k-means (kmeans.h) on standardized z; the starting point of EM.
torch::Tensor kmeans_responsibilities(const torch::Tensor& z, std::int64_t components, std::uint64_t seed);

/// Covariance of the rows of `centred` (N, D) shrunk toward a scaled identity (Ledoit and Wolf 2004), as its whitening
/// matrix W = L^-1 (lower triangular, W W' ... W'W = R^-1) and log|R|.
struct Whitening {
  torch::Tensor matrix;  ///< (D, D)
  double log_determinant = 0.0;
  double shrinkage = 0.0;
};
Result<Whitening> shrunk_whitening(const torch::Tensor& centred);

/// What densities are fitted to, of every row.
struct Codes {
  std::int64_t width = 0;   ///< of a row
  torch::Tensor z;          ///< (N, D)
  torch::Tensor residuals;  ///< (N, width), in the rows' own units; undefined if the network has no covariance
};
/// In evaluation mode; input: rows in the network's metric (TrainableNetwork::to_metric). Errors: training_diverged.
Result<Codes> codes_of(const TrainableNetwork& network, const torch::Tensor& input);

enum class FittedMixture {
  by_configuration,
  none,  ///< placeholder: E(z) and the joint energy have no meaning. For models of which only `contrast` is used
};
/// A network that scores: fixes the mixture over all of z, by EM if the configuration says so, and the residual's
/// shrunk Gaussian. Errors: training_diverged.
Result<std::shared_ptr<const Dagmm>> fit_densities(const TrainableNetwork& network, const Codes& codes,
                                                   std::uint64_t seed, const FaultTemplates& templates,
                                                   FittedMixture fitted);
/// Both, on rows of standardized feature vectors.
Result<std::shared_ptr<const Dagmm>> fit_dagmm(const TrainableNetwork& network, const torch::Tensor& x,
                                               std::uint64_t seed, const FaultTemplates& templates = {});
/// E(z) as (N) under the mixture that fit_densities() would fix over the rows of `fitted`. Errors: training_diverged.
Result<torch::Tensor> mixture_energies(const TrainableNetwork& network, const torch::Tensor& fitted,
                                       const torch::Tensor& z, std::uint64_t seed);

}  // namespace auscult
