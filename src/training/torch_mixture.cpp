#include "torch_mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "kmeans.h"
#include "model/local_controls.h"
#include "torch_control_fit.h"

namespace auscult {
namespace {

constexpr std::int64_t kChunk = 1024;  // rows at a time over a whole training set: their values stay in the cache

torch::Tensor with_ridge(const torch::Tensor& sigma, double ridge) {
  return sigma + ridge * torch::eye(sigma.size(-1), sigma.options());
}

}  // namespace

Mixture mixture_moments(const torch::Tensor& z, const torch::Tensor& gamma, double ridge) {
  const auto weight = gamma.sum(0).clamp_min(1e-12);                                        // (K)
  const auto mu = gamma.t().matmul(z) / weight.unsqueeze(1);                                // (K, D)
  const auto centred = z.unsqueeze(0) - mu.unsqueeze(1);                                    // (K, N, D)
  const auto scatter = (centred * gamma.t().unsqueeze(2)).transpose(1, 2).matmul(centred);  // (K, D, D)
  return {weight / static_cast<double>(z.size(0)), mu, with_ridge(scatter / weight.view({-1, 1, 1}), ridge)};
}

Result<Factorised> factorise(const torch::Tensor& sigma, double ridge) {
  double extra = 0.0;
  for (int tries = 0; tries < 12; ++tries) {
    const auto candidate = tries == 0 ? sigma : with_ridge(sigma, extra);
    auto [lower, info] = at::linalg_cholesky_ex(candidate);
    if (info.max().item<std::int64_t>() == 0) {
      if (torch::isfinite(lower.detach()).all().item<bool>()) return Factorised{lower, tries};
      break;
    }
    extra = extra == 0.0 ? std::max(ridge, 1e-12) : extra * 10.0;
  }
  return fail(ErrorCode::training_diverged, "a covariance of the mixture cannot be factorized", {},
              "lower the learning rate or raise the ridge in the preset");
}

torch::Tensor log_joint_density(const torch::Tensor& z, const torch::Tensor& phi, const torch::Tensor& mu,
                                const torch::Tensor& lower) {
  const auto centred = (z.unsqueeze(0) - mu.unsqueeze(1)).transpose(1, 2);             // (K, D, N)
  const auto whitened = at::linalg_solve_triangular(lower, centred, /*upper=*/false);  // (K, D, N)
  const auto distance = whitened.square().sum(1);                                      // (K, N)
  const auto log_determinant = 2.0 * lower.diagonal(0, -2, -1).log().sum(-1);          // (K)
  const double log_two_pi = std::log(2.0 * std::numbers::pi) * static_cast<double>(z.size(1));
  return (phi.log() - 0.5 * (log_determinant + log_two_pi)).unsqueeze(1) - 0.5 * distance;
}

torch::Tensor sample_energy(const torch::Tensor& z, const torch::Tensor& phi, const torch::Tensor& mu,
                            const torch::Tensor& lower) {
  return -torch::logsumexp(log_joint_density(z, phi, mu, lower), 0);
}

MixtureStatistics::MixtureStatistics(std::int64_t components, std::int64_t dimensions)
    : weight_(torch::zeros({components}, torch::kFloat64)),
      mean_(torch::zeros({components, dimensions}, torch::kFloat64)),
      scatter_(torch::zeros({components, dimensions, dimensions}, torch::kFloat64)) {}

void MixtureStatistics::add(const torch::Tensor& z, const torch::Tensor& gamma) {
  const auto weight = gamma.sum(0);
  const auto safe = weight.clamp_min(std::numeric_limits<double>::min());
  const auto mean = gamma.t().matmul(z) / safe.unsqueeze(1);
  const auto scatter = torch::empty_like(scatter_);
  for (std::int64_t k = 0; k < scatter.size(0); ++k) {
    const auto centred = z - mean[k];
    auto of_component = scatter[k];
    at::mm_out(of_component, (centred * gamma.select(1, k).unsqueeze(1)).t(), centred);
  }
  const auto total = (weight_ + weight).clamp_min(std::numeric_limits<double>::min());
  const auto delta = mean - mean_;
  // The between-batch term, which implementations that average batch covariances leave out.
  const auto between = (weight_ * weight / total).view({-1, 1, 1}) * delta.unsqueeze(2) * delta.unsqueeze(1);
  scatter_ = scatter_ + scatter + between;
  mean_ = mean_ + delta * (weight / total).unsqueeze(1);
  weight_ = weight_ + weight;
  rows_ += static_cast<double>(z.size(0));
}

Mixture MixtureStatistics::moments(double ridge, double min_weight) const {
  const auto phi = weight_ / rows_;
  const auto pooled_mean = (phi.unsqueeze(1) * mean_).sum(0) / phi.sum();
  const auto offset = mean_ - pooled_mean;
  const auto pooled = (scatter_.sum(0) + offset.t().matmul(offset * weight_.unsqueeze(1))) / rows_;
  // A component with (almost) no data borrows the pooled moments, so that it remains a valid density.
  const auto borrowed = (min_weight * rows_ - weight_).clamp_min(0.0);
  const auto weight = weight_ + borrowed;
  const auto sigma = (scatter_ + borrowed.view({-1, 1, 1}) * pooled) / weight.view({-1, 1, 1});
  const auto mu = (mean_ * weight_.unsqueeze(1) + borrowed.unsqueeze(1) * pooled_mean) / weight.unsqueeze(1);
  const auto share = phi.clamp_min(min_weight);
  return {share / share.sum(), mu, with_ridge(sigma, ridge)};
}

namespace {

// As log_joint_density(), from the inverse factors, one component at a time.
torch::Tensor log_joint_by_component(const torch::Tensor& z, const Mixture& mixture, const torch::Tensor& inverse) {
  const auto log_root = inverse.diagonal(0, -2, -1).log().sum(-1);  // of the precisions: -log|Sigma| / 2
  const double log_two_pi = std::log(2.0 * std::numbers::pi) * static_cast<double>(z.size(1));
  const auto constant = mixture.phi.log() + log_root - 0.5 * log_two_pi;
  auto joint = torch::empty({mixture.phi.size(0), z.size(0)}, z.options());
  for (std::int64_t k = 0; k < joint.size(0); ++k)
    joint[k].copy_((z - mixture.mu[k]).matmul(inverse[k].t()).square().sum(1).mul_(-0.5).add_(constant[k]));
  return joint;
}

}  // namespace

Result<EmResult> expectation_maximisation(const torch::Tensor& z, Mixture start, int steps, double ridge) {
  EmResult result{std::move(start), -std::numeric_limits<double>::infinity(), 0};
  for (; result.steps < steps; ++result.steps) {
    AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(result.mixture.sigma, ridge));
    const auto inverse = at::linalg_solve_triangular(
        factors.lower, torch::eye(z.size(1), z.options()).expand_as(factors.lower), /*upper=*/false);
    MixtureStatistics statistics(result.mixture.phi.size(0), z.size(1));
    double log_likelihood = 0.0;
    for (std::int64_t begin = 0; begin < z.size(0); begin += kChunk) {
      const auto rows = z.slice(0, begin, std::min(begin + kChunk, z.size(0)));
      const auto log_joint = log_joint_by_component(rows, result.mixture, inverse);
      const auto log_density = torch::logsumexp(log_joint, 0);
      log_likelihood += log_density.sum().item<double>();
      statistics.add(rows, (log_joint - log_density).exp().t());
    }
    log_likelihood /= static_cast<double>(z.size(0));
    if (!std::isfinite(log_likelihood))
      return fail(ErrorCode::training_diverged, "the mixture's likelihood is not finite");
    const double gain = log_likelihood - result.log_likelihood;
    result.log_likelihood = log_likelihood;
    if (gain < 1e-7) break;
    result.mixture = statistics.moments(ridge);
  }
  return result;
}

torch::Tensor kmeans_responsibilities(const torch::Tensor& z, std::int64_t components, std::uint64_t seed) {
  if (components == 1) return torch::ones({z.size(0), 1}, torch::kFloat64);
  const auto scaled = ((z - z.mean(0)) / z.std(0, false).clamp_min(1e-9)).contiguous();
  const std::vector<std::int64_t> cluster =
      kmeans({scaled.data_ptr<double>(), static_cast<std::size_t>(scaled.numel())}, static_cast<int>(z.size(1)),
             static_cast<int>(components), seed);
  return torch::one_hot(torch::tensor(cluster, torch::kInt64), components).to(torch::kFloat64);
}

namespace {

// Covariance of centered rows, shrunk toward a scaled identity (Ledoit and Wolf 2004).
struct ShrunkCovariance {
  torch::Tensor matrix;
  double scale = 0.0, shrinkage = 0.0;  // mean variance; weight of the identity
};

ShrunkCovariance shrunk_covariance(const torch::Tensor& centred) {
  const double rows = static_cast<double>(centred.size(0)), width = static_cast<double>(centred.size(1));
  auto covariance = torch::zeros({centred.size(1), centred.size(1)}, torch::kFloat64);
  double fourth = 0.0;  // mean squared norm of the rows' outer products
  for (std::int64_t begin = 0; begin < centred.size(0); begin += kChunk) {
    const auto part = centred.slice(0, begin, std::min(begin + kChunk, centred.size(0)));
    covariance.addmm_(part.t(), part);
    fourth += part.square().sum(1).square().sum().item<double>() / rows;
  }
  covariance /= rows;
  const double scale = covariance.trace().item<double>() / width;
  const double norm = covariance.square().sum().item<double>();
  const double spread = (norm - width * scale * scale) / width;
  const double noise = std::min((fourth - norm) / (rows * width), spread);
  const double shrinkage = spread > 0.0 ? std::clamp(noise / spread, 0.0, 1.0) : 1.0;
  const auto identity = torch::eye(centred.size(1), torch::kFloat64);
  // A hundred-millionth of the mean variance keeps constant inputs invertible.
  return {(1.0 - shrinkage) * covariance + (shrinkage * scale + 1e-8 * scale + 1e-12) * identity, scale, shrinkage};
}

}  // namespace

Result<Whitening> shrunk_whitening(const torch::Tensor& centred) {
  const ShrunkCovariance shrunk = shrunk_covariance(centred);
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(shrunk.matrix, 1e-6 * shrunk.scale + 1e-12));
  const auto identity = torch::eye(centred.size(1), torch::kFloat64);
  Whitening whitening;
  whitening.matrix = at::linalg_solve_triangular(factors.lower, identity, /*upper=*/false).contiguous();
  whitening.log_determinant = 2.0 * factors.lower.diagonal().log().sum().item<double>();
  whitening.shrinkage = shrunk.shrinkage;
  return whitening;
}

// ---- a network that scores
// -------------------------------------------------------------------------------------------

namespace {

// Rows at a time through a network over a whole training set: bounds memory if rows, or the values between layers,
// are large.
std::int64_t rows_at_once(const NetworkConfig& config, std::int64_t width) {
  return has_covariance(config, static_cast<int>(width)) ? kChunk : 64;
}

// A valid mixture without meaning, for an energy that needs none: every component is the same diagonal Gaussian.
Mixture plain_mixture(const torch::Tensor& z, int components, double ridge) {
  const auto sigma = torch::diag(z.var(0, false)).unsqueeze(0);
  return {torch::full({components}, 1.0 / components, torch::kFloat64), z.mean(0).expand({components, z.size(1)}),
          with_ridge(sigma, ridge).expand({components, z.size(1), z.size(1)})};
}

Result<Mixture> fix_mixture(const TrainableNetwork& network, const torch::Tensor& z, std::uint64_t seed) {
  const MixtureConfig& config = network.config.mixture;
  const int components = network.config.network.components;
  if (config.em_steps == 0) {
    MixtureStatistics statistics(components, z.size(1));
    for (std::int64_t begin = 0; begin < z.size(0); begin += kChunk) {
      const auto rows = z.slice(0, begin, std::min(begin + kChunk, z.size(0)));
      statistics.add(rows, network.estimate(rows, c10::nullopt));
    }
    return statistics.moments(config.ridge);
  }
  if (components == 1 && config.relative_ridge) {  // nothing to assign; few rows need more than a fixed ridge
    const auto mean = z.mean(0);
    const auto covariance = shrunk_covariance(z - mean).matrix;
    return Mixture{torch::ones({1}, torch::kFloat64), mean.unsqueeze(0), covariance.unsqueeze(0)};
  }
  // EM starts from k-means, not from the estimation network: responsibilities of an untrained network are nearly
  // uniform, and the trained model and its untrained control must differ in nothing but the gradient steps.
  const auto unit = config.relative_ridge ? z.std(0, false).clamp_min(1e-9) : torch::ones({z.size(1)}, z.options());
  const auto scaled = z / unit;
  MixtureStatistics statistics(components, z.size(1));
  statistics.add(scaled, kmeans_responsibilities(scaled, components, seed));
  AUSCULT_TRY_ASSIGN(EmResult em,
                     expectation_maximisation(scaled, statistics.moments(config.ridge), config.em_steps, config.ridge));
  em.mixture.mu = em.mixture.mu * unit;
  em.mixture.sigma = em.mixture.sigma * unit.outer(unit);
  return std::move(em.mixture);
}

}  // namespace

Result<Codes> codes_of(const TrainableNetwork& network, const torch::Tensor& input) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> codes, differences;
  const std::int64_t step = rows_at_once(network.config.network, input.size(1));
  const bool keep_residuals = has_covariance(network.config.network, static_cast<int>(input.size(1)));
  for (std::int64_t begin = 0; begin < input.size(0); begin += step) {
    const auto rows = input.slice(0, begin, std::min(begin + step, input.size(0)));
    const Encoded encoded = network.encode_input(rows);
    codes.push_back(encoded.z);
    if (keep_residuals) differences.push_back(network.from_metric(rows - encoded.reconstruction));
  }
  Codes result{input.size(1), torch::cat(codes), keep_residuals ? torch::cat(differences) : torch::Tensor()};
  if (!torch::isfinite(result.z).all().item<bool>())
    return fail(ErrorCode::training_diverged, "the network gives non-finite codes", {},
                "lower the learning rate in the preset");
  return result;
}

Result<torch::Tensor> mixture_energies(const TrainableNetwork& network, const torch::Tensor& fitted,
                                       const torch::Tensor& z, std::uint64_t seed) {
  torch::NoGradGuard no_grad;
  AUSCULT_TRY_ASSIGN(const Mixture mixture, fix_mixture(network, fitted, seed));
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(mixture.sigma, network.config.mixture.ridge));
  return sample_energy(z, mixture.phi, mixture.mu, factors.lower);
}

Result<std::shared_ptr<const Dagmm>> fit_dagmm(const TrainableNetwork& network, const torch::Tensor& x,
                                               std::uint64_t seed, const FaultTemplates& templates) {
  AUSCULT_TRY_ASSIGN(const Codes codes, codes_of(network, network.to_metric(x)));
  return fit_densities(network, codes, seed, templates, FittedMixture::by_configuration);
}

Result<std::shared_ptr<const Dagmm>> fit_densities(const TrainableNetwork& network, const Codes& codes,
                                                   std::uint64_t seed, const FaultTemplates& templates,
                                                   FittedMixture fitted) {
  torch::NoGradGuard no_grad;
  const auto& residuals = codes.residuals;
  const int width = static_cast<int>(codes.width);
  const MixtureConfig& config = network.config.mixture;
  AUSCULT_TRY_ASSIGN(const Mixture mixture,
                     fitted == FittedMixture::by_configuration
                         ? fix_mixture(network, codes.z, seed)
                         : plain_mixture(codes.z, network.config.network.components, config.ridge));
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(mixture.sigma, config.ridge));
  TensorMap tensors;
  network.save("", tensors);
  tensors["mixture.phi"] = to_named(mixture.phi);
  tensors["mixture.mu"] = to_named(mixture.mu);
  // If a covariance needed a larger ridge to be factorized, the density has that covariance.
  tensors["mixture.sigma"] =
      to_named(factors.escalations > 0 ? factors.lower.matmul(factors.lower.transpose(1, 2)) : mixture.sigma);
  tensors["mixture.cholesky"] = to_named(factors.lower);
  if (residuals.defined()) {
    const auto mean = residuals.mean(0);
    AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(residuals - mean));
    const double constant =
        0.5 * (whitening.log_determinant + static_cast<double>(width) * std::log(2.0 * std::numbers::pi));
    tensors["residual.mean"] = to_named(mean);
    tensors["residual.whitening"] = to_named(whitening.matrix);
    tensors["residual.constant"] = {{1}, {constant}};
  }
  return Dagmm::restore(tensors, "", network.config, width, templates);
}

// ---- the controls' mixture
// ---------------------------------------------------------------------------------------------

namespace {

// The numbers of at most `most` rows, evenly chosen.
torch::Tensor even_rows(std::int64_t rows, std::int64_t most) {
  if (rows <= most) return torch::arange(rows, torch::kInt64);
  return torch::arange(most, torch::kInt64).mul(rows).div(most, "floor");
}

torch::Tensor thinned(const torch::Tensor& x, std::int64_t most) {
  return x.size(0) <= most ? x : x.index_select(0, even_rows(x.size(0), most));
}

std::vector<std::int32_t> thinned(std::span<const std::int32_t> groups, std::int64_t rows, std::int64_t most) {
  const auto index = even_rows(rows, most);
  std::vector<std::int32_t> kept;
  for (std::int64_t i = 0; i < index.size(0); ++i) {
    const auto row = index[i].item<std::int64_t>();
    kept.push_back(groups.empty() ? static_cast<std::int32_t>(row) : groups[static_cast<std::size_t>(row)]);
  }
  return kept;
}

}  // namespace

Result<TensorMap> fit_control_tensors(std::span<const double> rows, int width, std::span<const std::int32_t> groups,
                                      const ControlOptions& options, std::uint64_t seed) {
  const TorchThreads one_thread(1);
  torch::NoGradGuard no_grad;
  const auto x = torch::from_blob(const_cast<double*>(rows.data()),
                                  {static_cast<std::int64_t>(rows.size()) / width, width}, torch::kFloat64);
  if (x.size(0) < std::max(2, options.components))
    return fail(ErrorCode::not_enough_data,
                "there are only " + std::to_string(x.size(0)) + " rows to fit the controls to");
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(x));
  const auto part = thinned(x, options.gmm_rows);
  MixtureStatistics statistics(options.components, width);
  statistics.add(part, kmeans_responsibilities(part, options.components, seed));
  AUSCULT_TRY_ASSIGN(const EmResult em, expectation_maximisation(part, statistics.moments(options.ridge),
                                                                 options.em_steps, options.ridge));
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(em.mixture.sigma, options.ridge));
  TensorMap tensors;
  tensors["whitening"] = to_named(whitening.matrix);
  tensors["mixture.phi"] = to_named(em.mixture.phi);
  tensors["mixture.mu"] = to_named(em.mixture.mu);
  tensors["mixture.cholesky"] = to_named(factors.lower);
  tensors["rows"] = to_named(thinned(x, options.knn_rows));
  LocalControls::fit(tensors["rows"].values, width, thinned(groups, x.size(0), options.knn_rows))
      .save(tensors, "local.");
  return tensors;
}

}  // namespace auscult
