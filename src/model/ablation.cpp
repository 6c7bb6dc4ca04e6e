#include "ablation.h"

#include <algorithm>

#include "distinct_rows.h"
#include "early_stopping.h"

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
  result.smallest_phi = terms.smallest_phi;
  return result;
}

Objective mean_error(const torch::Tensor& errors) {
  Objective result;
  result.total = errors.mean().to(torch::kFloat64);
  result.reconstruction = result.total.item<double>();
  return result;
}

// What the mixture and the reconstruction term need of a batch.
struct Compressed {
  torch::Tensor z;
  torch::Tensor errors;  // squared distance of each row to its reconstruction
};

// The training rows of a descent. Where most are copies, a batch is a batch of row numbers, and the network sees each
// distinct row once: the same sums as over the rows themselves but for rounding. Statistics of batch norm would differ.
class TrainingRows {
 public:
  TrainingRows(const DagmmConfig& config, const torch::Tensor& x) : config_(config), shuffled_(x) {
    constexpr std::int64_t kExactInFloat = std::int64_t{1} << 24;
    if (config.network != Network::dense || x.size(0) < config.batch) return;
    const auto whole = x.contiguous();
    const DistinctRows distinct = distinct_rows(whole.data_ptr(), whole.size(0), static_cast<std::size_t>(whole.size(1)) * sizeof(double));
    const auto count = static_cast<std::int64_t>(distinct.first.size());
    if (2 * count > x.size(0) || count > kExactInFloat) return;
    const auto type = config.single_precision ? torch::kFloat32 : torch::kFloat64;
    distinct_ = whole.index_select(0, torch::tensor(distinct.first, torch::kInt64)).to(type);
    shuffled_ = torch::tensor(distinct.number, torch::kInt64).to(torch::kFloat64).unsqueeze(1);
  }
  /// What descend() draws batches from.
  const torch::Tensor& shuffled() const { return shuffled_; }
  Compressed compress(const NetworkParameters& parameters, const torch::Tensor& batch) const {
    if (!distinct_.defined()) return compressed(parameters, batch);
    const auto [numbers, place, counts] = at::_unique2(batch.select(1, 0).to(torch::kInt64), /*sorted=*/true, /*return_inverse=*/true);
    // Held-out rows are looked at before the first step too, when the parameters are not yet in single precision.
    const auto rows = distinct_.index_select(0, numbers).to(parameters.encoder.front().weight.scalar_type());
    const Compressed once = compressed(parameters, rows);
    return {once.z.index_select(0, place), once.errors.index_select(0, place)};
  }

 private:
  Compressed compressed(const NetworkParameters& parameters, const torch::Tensor& rows) const {
    const Encoded encoded = encode(parameters, config_, rows, torch::GradMode::is_enabled());
    return {encoded.z, (rows - encoded.reconstruction).square().sum(1)};
  }
  const DagmmConfig& config_;
  torch::Tensor shuffled_, distinct_;
};

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
      const auto input_rows = noise ? batch * torch::empty_like(batch).bernoulli_(1.0 - kCorrupted, noise) : batch;
      return mean_error((batch - apply(up, apply(down, input_rows, code_activated, config.activation), output_activated, config.activation)).square().sum(1));
    };
    AUSCULT_TRY(descend_held_out({down.weight, down.bias, up.weight, up.bias}, minimise, share, input, mix_seed(seed, i), progress));
    torch::NoGradGuard no_grad;
    input = apply(down, input, code_activated, config.activation);
  }
  return {};
}

Status train_autoencoder(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  std::vector<torch::Tensor> leaves;
  append(leaves, parameters.encoder);
  append(leaves, parameters.decoder);
  const TrainingRows rows(config, x);
  const auto minimise = [&](const torch::Tensor& batch, const Generator&) -> Result<Objective> { return mean_error(rows.compress(parameters, batch).errors); };
  return descend_held_out(std::move(leaves), minimise, config, rows.shuffled(), seed, progress);
}

Status train_without_reconstruction(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  const TrainingRows rows(config, x);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(parameters, config, rows.compress(parameters, batch).z, dropout));
    return weighted(terms, config);
  };
  return descend_held_out(parameters.tensors(), minimise, config, rows.shuffled(), seed, progress);
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
  return descend_held_out(std::move(leaves), minimise, config, codes, seed, progress);
}

Status train_jointly(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed, const DescentProgress& progress) {
  const TrainingRows rows(config, x);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    const Compressed compressed = rows.compress(parameters, batch);
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(parameters, config, compressed.z, dropout));
    Objective result = weighted(terms, config);
    const Objective error = mean_error(compressed.errors);
    result.total = error.total + result.total;
    result.reconstruction = error.reconstruction;
    return result;
  };
  return descend_held_out(parameters.tensors(), minimise, config, rows.shuffled(), seed, progress);
}

torch::Tensor reconstruction_errors(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  return (x - encode(parameters, config, x).reconstruction).square().sum(1);
}

}  // namespace auscult
