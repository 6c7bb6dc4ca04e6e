#include "ablation.h"

#include <algorithm>

namespace auscult {
namespace {

constexpr double kCorrupted = 0.2;
using Generator = c10::optional<at::Generator>;

void append(std::vector<torch::Tensor>& leaves, const std::vector<LinearLayer>& layers) {
  for (const LinearLayer& layer : layers) {
    leaves.push_back(layer.weight);
    leaves.push_back(layer.bias);
  }
}

torch::Tensor apply(const LinearLayer& layer, const torch::Tensor& x, bool activated, Activation activation) {
  const auto y = torch::addmm(layer.bias, x, layer.weight.t());
  return activated ? activate(y, activation) : y;
}

Objective weighted(const MixtureTerms& terms, const DagmmConfig& config) {
  Objective result;
  result.total = config.lambda_energy * terms.energy + config.lambda_covariance * terms.covariance;
  result.energy = terms.energy.item<double>();
  result.covariance = terms.covariance.item<double>();
  result.escalations = terms.escalations;
  return result;
}

Objective squared_error(const torch::Tensor& x, const torch::Tensor& reconstruction) {
  Objective result;
  result.total = (x - reconstruction).square().sum(1).mean();
  result.reconstruction = result.total.item<double>();
  return result;
}

}  // namespace

Status pretrain_layers(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  const std::size_t layers = parameters.encoder.size();
  DagmmConfig share = config;
  share.epochs = std::max(1, config.epochs / static_cast<int>(layers));
  torch::Tensor input = x;
  for (std::size_t i = 0; i < layers; ++i) {
    LinearLayer& down = parameters.encoder[i];
    LinearLayer& up = parameters.decoder[layers - 1 - i];
    // In the whole network the code and the reconstruction are linear, everything between is activated.
    const bool code_activated = i + 1 < layers, output_activated = i > 0;
    const auto minimise = [&](const torch::Tensor& batch, const Generator& noise) -> Result<Objective> {
      const auto kept = torch::empty_like(batch).bernoulli_(1.0 - kCorrupted, noise);
      return squared_error(batch, apply(up, apply(down, batch * kept, code_activated, config.activation), output_activated, config.activation));
    };
    AUSCULT_TRY(descend({down.weight, down.bias, up.weight, up.bias}, minimise, share, input, mix_seed(seed, i), progress));
    torch::NoGradGuard no_grad;
    input = apply(down, input, code_activated, config.activation);
  }
  return {};
}

Status train_autoencoder(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  std::vector<torch::Tensor> leaves;
  append(leaves, parameters.encoder);
  append(leaves, parameters.decoder);
  const auto minimise = [&](const torch::Tensor& batch, const Generator&) -> Result<Objective> {
    return squared_error(batch, encode(parameters, config, batch).reconstruction);
  };
  return descend(std::move(leaves), minimise, config, x, seed, progress);
}

Status train_without_reconstruction(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(parameters, config, encode(parameters, config, batch).z, dropout));
    return weighted(terms, config);
  };
  return descend(parameters.tensors(), minimise, config, x, seed, progress);
}

Status train_estimation(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  torch::Tensor codes;
  {
    torch::NoGradGuard no_grad;
    codes = encode(parameters, config, x).z;
  }
  std::vector<torch::Tensor> leaves;
  append(leaves, parameters.estimation);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(parameters, config, batch, dropout));
    return weighted(terms, config);
  };
  return descend(std::move(leaves), minimise, config, codes, seed, progress);
}

Status train_jointly(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) { return objective(parameters, config, batch, dropout); };
  return descend(parameters.tensors(), minimise, config, x, seed, progress);
}

torch::Tensor reconstruction_errors(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  return (x - encode(parameters, config, x).reconstruction).square().sum(1);
}

}  // namespace auscult
