#include "torch_ablation.h"

#include <algorithm>
#include <optional>

#include "torch_mixture.h"
#include "training/ablation.h"
#include "training/distinct_rows.h"

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
  result.total = config.objective.lambda_energy * terms.energy + config.objective.lambda_covariance * terms.covariance;
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

// The terms of the mixture and of the reconstruction for a batch.
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
    if (config.network.kind != NetworkKind::dense || x.size(0) < config.schedule.batch_size) return;
    const auto whole = x.contiguous();
    const DistinctRows distinct =
        distinct_rows(whole.data_ptr(), whole.size(0), static_cast<std::size_t>(whole.size(1)) * sizeof(double));
    const auto count = static_cast<std::int64_t>(distinct.first.size());
    if (2 * count > x.size(0) || count > kExactInFloat) return;
    const auto type = config.schedule.single_precision ? torch::kFloat32 : torch::kFloat64;
    distinct_ = whole.index_select(0, torch::tensor(distinct.first, torch::kInt64)).to(type);
    shuffled_ = torch::tensor(distinct.number, torch::kInt64).to(torch::kFloat64).unsqueeze(1);
  }
  /// Source of descend()'s batches.
  const torch::Tensor& shuffled() const { return shuffled_; }
  Compressed compress(const NetworkParameters& parameters, const torch::Tensor& batch) const {
    if (!distinct_.defined()) return compressed(parameters, batch);
    const auto [numbers, place, counts] =
        at::_unique2(batch.select(1, 0).to(torch::kInt64), /*sorted=*/true, /*return_inverse=*/true);
    // Held-out rows are also evaluated before the first step, when the parameters are not yet in single precision.
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

Status pretrain_layers(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                       std::uint64_t seed, const DescentProgress& progress) {
  const std::size_t layers = parameters.encoder.size();
  DagmmConfig share = config;
  share.schedule.epochs = std::max(1, config.schedule.epochs / static_cast<int>(layers));
  torch::Tensor input = x;
  for (std::size_t i = 0; i < layers; ++i) {
    LinearLayer& down = parameters.encoder[i];
    LinearLayer& up = parameters.decoder[layers - 1 - i];
    // In the whole network, the code and the reconstruction are linear and everything between is activated.
    const bool code_activated = i + 1 < layers, output_activated = i > 0;
    const auto minimise = [&](const torch::Tensor& batch, const Generator& noise) -> Result<Objective> {
      const auto input_rows = noise ? batch * torch::empty_like(batch).bernoulli_(1.0 - kCorrupted, noise) : batch;
      return mean_error((batch - apply(up, apply(down, input_rows, code_activated, config.network.activation),
                                       output_activated, config.network.activation))
                            .square()
                            .sum(1));
    };
    AUSCULT_TRY(descend_held_out({down.weight, down.bias, up.weight, up.bias}, minimise, share, input,
                                 mix_seed(seed, i), progress));
    torch::NoGradGuard no_grad;
    input = apply(down, input, code_activated, config.network.activation);
  }
  return {};
}

Status train_autoencoder(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                         std::uint64_t seed, const DescentProgress& progress) {
  std::vector<torch::Tensor> leaves;
  append(leaves, parameters.encoder);
  append(leaves, parameters.decoder);
  const TrainingRows rows(config, x);
  const auto minimise = [&](const torch::Tensor& batch, const Generator&) -> Result<Objective> {
    return mean_error(rows.compress(parameters, batch).errors);
  };
  return descend_held_out(std::move(leaves), minimise, config, rows.shuffled(), seed, progress);
}

Status train_without_reconstruction(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                                    std::uint64_t seed, const DescentProgress& progress) {
  const TrainingRows rows(config, x);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms,
                       mixture_terms(parameters, config, rows.compress(parameters, batch).z, dropout));
    return weighted(terms, config);
  };
  return descend_held_out(parameters.tensors(), minimise, config, rows.shuffled(), seed, progress);
}

Status train_estimation(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                        std::uint64_t seed, const DescentProgress& progress) {
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

Status train_jointly(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                     std::uint64_t seed, const DescentProgress& progress) {
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

torch::Tensor reconstruction_errors(const NetworkParameters& parameters, const DagmmConfig& config,
                                    const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  return (x - encode(parameters, config, x).reconstruction).square().sum(1);
}

// ---- on tables
// ---------------------------------------------------------------------------------------------------------

namespace {

torch::Tensor table_tensor(const FeatureMatrix& rows, std::int64_t begin, std::int64_t end) {
  auto tensor = torch::empty({end - begin, rows.width}, torch::kFloat64);
  std::copy(rows.values.begin() + begin * rows.width, rows.values.begin() + end * rows.width,
            tensor.data_ptr<double>());
  return tensor;
}

std::vector<double> errors_of(const NetworkParameters& parameters, const DagmmConfig& config,
                              const FeatureMatrix& rows) {
  constexpr std::int64_t kChunk = 4096;
  std::vector<double> values;
  for (std::int64_t begin = 0; begin < rows.rows(); begin += kChunk) {
    const auto errors =
        reconstruction_errors(parameters, config, table_tensor(rows, begin, std::min(begin + kChunk, rows.rows())));
    values.insert(values.end(), errors.data_ptr<double>(), errors.data_ptr<double>() + errors.numel());
  }
  return values;
}

}  // namespace

Result<TrainedMember> train_on_table(const DagmmConfig& config, const FeatureMatrix& train, std::uint64_t seed,
                                     std::int64_t total_steps, const JobControl& control, TrainingReport& report) {
  const TorchThreads one_thread(1);
  const auto x = table_tensor(train, 0, train.rows());
  auto parameters = NetworkParameters::initialised(config, train.width, seed);
  const auto initial = parameters.clone();
  AUSCULT_TRY(train_jointly(parameters, config, x, seed, {"dagmm", total_steps, control, report}));
  TrainedMember member;
  AUSCULT_TRY_ASSIGN(member.trained, fit_dagmm(parameters, config, x, mix_seed(seed, 3)));
  AUSCULT_TRY_ASSIGN(member.untrained, fit_dagmm(initial, config, x, mix_seed(seed, 3)));
  return member;
}

struct AblationRun::Impl {
  DagmmConfig config;
  torch::Tensor x;
  std::uint64_t seed;
  NetworkParameters initial;
  std::optional<NetworkParameters> pretrained;
  const JobControl& control;

  Status pretrain() {
    if (pretrained) return {};
    auto parameters = initial.clone();
    TrainingReport report;
    const DescentProgress progress{"pre-trained autoencoder", 2 * gradient_steps(config, x.size(0)), control, report};
    AUSCULT_TRY(pretrain_layers(parameters, config, x, mix_seed(seed, 4), progress));
    AUSCULT_TRY(train_autoencoder(parameters, config, x, seed, progress));
    pretrained = std::move(parameters);
    return {};
  }
};

AblationRun::AblationRun(const DagmmConfig& config, const FeatureMatrix& train, std::uint64_t seed,
                         const JobControl& control)
    : impl_(std::make_unique<Impl>(Impl{config, table_tensor(train, 0, train.rows()), seed,
                                        NetworkParameters::initialised(config, train.width, seed), std::nullopt,
                                        control})) {}
AblationRun::~AblationRun() = default;

Result<AblationScores> AblationRun::train(Ablation ablation, const FeatureMatrix& test) {
  const TorchThreads one_thread(1);
  auto parameters = impl_->initial.clone();
  if (ablation != Ablation::gmm_en && ablation != Ablation::e2e_ae) {
    AUSCULT_TRY(impl_->pretrain());
    parameters = impl_->pretrained->clone();
  }
  DagmmConfig config = impl_->config;
  const torch::Tensor& x = impl_->x;
  const std::uint64_t seed = impl_->seed;
  TrainingReport report;
  const DescentProgress progress{to_string(ablation), gradient_steps(config, x.size(0)), impl_->control, report};
  switch (ablation) {
    case Ablation::gmm_en:
      AUSCULT_TRY(train_without_reconstruction(parameters, config, x, seed, progress));
      break;
    case Ablation::e2e_ae:
      AUSCULT_TRY(train_autoencoder(parameters, config, x, seed, progress));
      break;
    case Ablation::pae_gmm:
      AUSCULT_TRY(train_estimation(parameters, config, x, seed, progress));
      break;
    case Ablation::dagmm_p:
      AUSCULT_TRY(train_jointly(parameters, config, x, seed, progress));
      break;
    case Ablation::pae:
      break;
    case Ablation::pae_gmm_em:
      config.mixture.em_steps = std::max(100, config.mixture.em_steps);
      break;
  }
  AblationScores scores;
  if (ablation == Ablation::pae || ablation == Ablation::e2e_ae) {
    scores.reconstruction_errors = errors_of(parameters, config, test);
  } else {
    AUSCULT_TRY_ASSIGN(scores.model, fit_dagmm(parameters, config, x, mix_seed(seed, 3)));
  }
  return scores;
}

const char* to_string(Ablation ablation) {
  switch (ablation) {
    case Ablation::gmm_en:
      return "gmm-en";
    case Ablation::pae:
      return "pae";
    case Ablation::e2e_ae:
      return "e2e-ae";
    case Ablation::pae_gmm_em:
      return "pae-gmm-em";
    case Ablation::pae_gmm:
      return "pae-gmm";
    case Ablation::dagmm_p:
      return "dagmm-p";
  }
  return "unknown";
}

}  // namespace auscult
