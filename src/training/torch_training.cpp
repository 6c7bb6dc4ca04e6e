// What is trained: one ensemble member of a detector, and the paper's ablations.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "member_training.h"
#include "torch_ablation.h"
#include "torch_autoencoder.h"
#include "torch_descent.h"
#include "torch_mixture.h"
#include "training/ablation.h"
#include "training/distinct_rows.h"

namespace auscult {
namespace {

bool denoises(const TrainableNetwork& network) {
  const DenoisingConfig& added = network.config.denoising;
  return added.noise > 0.0 || added.faults > 0.0;
}

// The objective over many rows at once, always with the same corruption.
Result<double> whole_objective(const TrainableNetwork& network, const torch::Tensor& input,
                               const torch::Tensor& directions) {
  torch::NoGradGuard no_grad;
  const std::int64_t most = has_covariance(network.config.network, static_cast<int>(input.size(1))) ? 8192 : 256;
  const auto rows = input.slice(0, 0, std::min<std::int64_t>(input.size(0), most));
  const auto corrupted =
      denoises(network) ? network.corrupt_input(rows, directions, at::make_generator<at::CPUGeneratorImpl>(1)) : rows;
  AUSCULT_TRY_ASSIGN(const Objective value, input_objective(network, rows, corrupted, c10::nullopt));
  return value.total.item<double>();
}

constexpr int kDensityFolds = 5;

// The fold of each row: contiguous blocks of recordings, so that windows of one recording are in one fold.
std::vector<int> density_folds(std::span<const std::int32_t> groups, std::size_t rows) {
  std::vector<std::int32_t> of_row(groups.begin(), groups.end());
  if (of_row.empty())
    for (std::size_t i = 0; i < rows; ++i) of_row.push_back(static_cast<std::int32_t>(i));
  const std::set<std::int32_t> distinct(of_row.begin(), of_row.end());
  std::map<std::int32_t, int> fold;
  for (const std::int32_t group : distinct)
    fold[group] = static_cast<int>(fold.size() * kDensityFolds / std::max<std::size_t>(kDensityFolds, distinct.size()));
  std::vector<int> folds;
  for (const std::int32_t group : of_row) folds.push_back(fold[group]);
  return folds;
}

std::vector<double> rows_at(const MemberTask& task, std::span<const std::size_t> rows) {
  std::vector<double> values;
  for (const std::size_t row : rows) {
    const auto one =
        task.rows.subspan(row * static_cast<std::size_t>(task.width), static_cast<std::size_t>(task.width));
    values.insert(values.end(), one.begin(), one.end());
  }
  return values;
}

torch::Tensor index_of(std::span<const std::size_t> rows) {
  auto index = torch::empty({static_cast<std::int64_t>(rows.size())}, torch::kInt64);
  std::copy(rows.begin(), rows.end(), index.data_ptr<std::int64_t>());
  return index;
}

// Energies of some rows by the network with densities fitted to the rows `others`.
Status energies_without(const MemberTask& task, const TrainableNetwork& network, const Codes& codes,
                        std::span<const std::size_t> others, std::span<const std::size_t> rows,
                        std::span<Energies> found) {
  const auto known = index_of(others);
  const std::uint64_t seed = mix_seed(task.seed, 3);
  if (task.energy == EnergyKind::dagmm) {  // the residual's Gaussian is not needed
    AUSCULT_TRY_ASSIGN(const auto energy, mixture_energies(network, codes.z.index_select(0, known),
                                                           codes.z.index_select(0, index_of(rows)), seed));
    for (std::size_t i = 0; i < rows.size(); ++i) found[i].dagmm = energy.data_ptr<double>()[i];
    return {};
  }
  const Codes part{codes.width, codes.z.index_select(0, known),
                   codes.residuals.defined() ? codes.residuals.index_select(0, known) : torch::Tensor()};
  AUSCULT_TRY_ASSIGN(const auto model,
                     fit_densities(network, part, seed, task.templates, FittedMixture::by_configuration));
  model->energies(rows_at(task, rows), found);
  return {};
}

// Energies of task.cross_fitted, each by the network with densities fitted to the recordings of the other folds: those
// of vectors that the densities know are too low, above all where windows overlap. With a single recording there are
// no others, and `whole`, fitted to all, serves.
Result<std::vector<Energies>> cross_fitted_energies(const MemberTask& task, const TrainableNetwork& network,
                                                    const Codes& codes, const Dagmm& whole) {
  std::vector<Energies> energies(task.cross_fitted.size());
  if (energies.empty()) return energies;
  const std::vector<int> folds = density_folds(task.groups, static_cast<std::size_t>(codes.z.size(0)));
  for (int fold = 0; fold < kDensityFolds; ++fold) {
    std::vector<std::size_t> positions, rows, others;
    for (std::size_t i = 0; i < task.cross_fitted.size(); ++i)
      if (folds[task.cross_fitted[i]] == fold) positions.push_back(i), rows.push_back(task.cross_fitted[i]);
    for (std::size_t i = 0; i < folds.size(); ++i)
      if (folds[i] != fold) others.push_back(i);
    if (rows.empty()) continue;
    std::vector<Energies> found(rows.size());
    if (others.empty()) {
      whole.energies(rows_at(task, rows), found);
    } else {
      AUSCULT_TRY(energies_without(task, network, codes, others, rows, found));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) energies[positions[i]] = found[i];
  }
  return energies;
}

struct FittedNetwork {
  std::shared_ptr<const Dagmm> model;
  std::vector<Energies> cross_fitted;
};
Result<FittedNetwork> fit(const MemberTask& task, const TrainableNetwork& network, const torch::Tensor& input) {
  const bool needs_mixture = task.densities == Densities::all || task.energy != EnergyKind::contrast;
  AUSCULT_TRY_ASSIGN(const Codes codes, codes_of(network, input));
  FittedNetwork fitted;
  AUSCULT_TRY_ASSIGN(fitted.model,
                     fit_densities(network, codes, mix_seed(task.seed, 3), task.templates,
                                   needs_mixture ? FittedMixture::by_configuration : FittedMixture::none));
  AUSCULT_TRY_ASSIGN(fitted.cross_fitted, cross_fitted_energies(task, network, codes, *fitted.model));
  return fitted;
}

}  // namespace

Result<TrainedMember> train_member(const MemberTask& task, const JobControl& control, TrainingReport& report) {
  // One thread per detector: on matrices of this size, two threads lose more by waiting for each other than they gain,
  // and much more on a busy machine. Detectors are trained in parallel instead.
  const TorchThreads one_thread(1);
  // The blobs are only read; from_blob has no const form.
  const auto x =
      torch::from_blob(const_cast<double*>(task.rows.data()),
                       {static_cast<std::int64_t>(task.rows.size()) / task.width, task.width}, torch::kFloat64);
  const std::vector<double> templates = rows_of(task.templates);
  torch::Tensor template_rows;
  if (!templates.empty())
    template_rows =
        torch::from_blob(const_cast<double*>(templates.data()),
                         {static_cast<std::int64_t>(templates.size()) / task.width, task.width}, torch::kFloat64);

  auto network = TrainableNetwork::initialized(task.config, task.width, task.seed);
  AUSCULT_TRY(network.fix_whitening(x));
  // Steps and densities work in the network's metric, into which the rows are brought once.
  const auto input = network.to_metric(x), directions = network.fault_directions(template_rows);
  network.fix_statistics(x);
  const auto initial = network.clone();
  const bool reports = task.densities == Densities::all;  // of a calibration's training nobody reads the report
  if (reports) {
    AUSCULT_TRY_ASSIGN(report.first_objective, whole_objective(network, input, directions));
  }
  ReconstructionGradient gradient(network);
  const auto minimise = [&](const torch::Tensor& batch,
                            const c10::optional<at::Generator>& generator) -> Result<Objective> {
    const auto seen = denoises(network) ? network.corrupt_input(batch, directions, *generator) : batch;
    if (!only_reconstructs(network.config)) return input_objective(network, batch, seen, generator);
    const double error = gradient.differentiate(batch, seen);
    return Objective{torch::full({}, error, torch::kFloat64), true, error};
  };
  const DescentProgress progress{task.name, task.total_steps, control, report};
  AUSCULT_TRY(Descent(task.config.schedule, task.seed, progress).run(network.tensors(), minimise, input));
  network.fix_statistics(x);
  if (reports) {
    AUSCULT_TRY_ASSIGN(report.last_objective, whole_objective(network, input, directions));
  }
  AUSCULT_TRY_ASSIGN(FittedNetwork trained, fit(task, network, input));
  FittedNetwork untrained = trained;
  if (gradient_steps(task.config, x.size(0)) > 0) {
    AUSCULT_TRY_ASSIGN(untrained, fit(task, initial, input));
  }
  return TrainedMember{std::move(trained.model), std::move(untrained.model), std::move(trained.cross_fitted),
                       std::move(untrained.cross_fitted)};
}

// ---- the paper's ablations
// --------------------------------------------------------------------------------------------
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

Objective weighted(const MixtureTerms& terms, const ObjectiveConfig& weights) {
  Objective result;
  result.total = weights.lambda_energy * terms.energy + weights.lambda_covariance * terms.covariance;
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
  TrainingRows(const TrainableNetwork& network, const torch::Tensor& x) : network_(network), shuffled_(x) {
    const DagmmConfig& config = network.config;
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
  Compressed compress(const torch::Tensor& batch) const {
    if (!distinct_.defined()) return compressed(batch);
    const auto [numbers, place, counts] =
        at::_unique2(batch.select(1, 0).to(torch::kInt64), /*sorted=*/true, /*return_inverse=*/true);
    // Held-out rows are also evaluated before the first step, when the parameters are not yet in single precision.
    const auto rows = distinct_.index_select(0, numbers).to(network_.encoder.front().weight.scalar_type());
    const Compressed once = compressed(rows);
    return {once.z.index_select(0, place), once.errors.index_select(0, place)};
  }

 private:
  Compressed compressed(const torch::Tensor& rows) const {
    const Encoded encoded = network_.encode(rows, torch::GradMode::is_enabled() ? BatchNorm::batch : BatchNorm::stored);
    return {encoded.z, (rows - encoded.reconstruction).square().sum(1)};
  }
  const TrainableNetwork& network_;
  torch::Tensor shuffled_, distinct_;
};

}  // namespace

AblationTraining::AblationTraining(TrainableNetwork& network, torch::Tensor x, std::uint64_t seed,
                                   const DescentProgress& progress)
    : network_(network), x_(std::move(x)), seed_(seed), progress_(progress) {}

Status AblationTraining::pretrain_layers() const {
  const std::size_t layers = network_.encoder.size();
  const Activation activation = network_.config.network.activation;
  ScheduleConfig share = network_.config.schedule;
  share.epochs = std::max(1, share.epochs / static_cast<int>(layers));
  torch::Tensor input = x_;
  for (std::size_t i = 0; i < layers; ++i) {
    LinearLayer& down = network_.encoder[i];
    LinearLayer& up = network_.decoder[layers - 1 - i];
    // In the whole network, the code and the reconstruction are linear and everything between is activated.
    const bool code_activated = i + 1 < layers, output_activated = i > 0;
    const auto minimise = [&](const torch::Tensor& batch, const Generator& noise) -> Result<Objective> {
      const auto input_rows = noise ? batch * torch::empty_like(batch).bernoulli_(1.0 - kCorrupted, noise) : batch;
      return mean_error(
          (batch - apply(up, apply(down, input_rows, code_activated, activation), output_activated, activation))
              .square()
              .sum(1));
    };
    AUSCULT_TRY(Descent(share, mix_seed(seed_, i), progress_)
                    .run_held_out({down.weight, down.bias, up.weight, up.bias}, minimise, input));
    torch::NoGradGuard no_grad;
    input = apply(down, input, code_activated, activation);
  }
  return {};
}

Status AblationTraining::train_autoencoder() const {
  std::vector<torch::Tensor> leaves;
  append(leaves, network_.encoder);
  append(leaves, network_.decoder);
  const TrainingRows rows(network_, x_);
  const auto minimise = [&](const torch::Tensor& batch, const Generator&) -> Result<Objective> {
    return mean_error(rows.compress(batch).errors);
  };
  return descent().run_held_out(leaves, minimise, rows.shuffled());
}

Status AblationTraining::train_without_reconstruction() const {
  const TrainingRows rows(network_, x_);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(network_, rows.compress(batch).z, dropout));
    return weighted(terms, network_.config.objective);
  };
  return descent().run_held_out(network_.tensors(), minimise, rows.shuffled());
}

Status AblationTraining::train_estimation() const {
  torch::Tensor codes;
  {
    torch::NoGradGuard no_grad;
    codes = network_.encode(x_).z;
  }
  std::vector<torch::Tensor> leaves;
  append(leaves, network_.estimation);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(network_, batch, dropout));
    return weighted(terms, network_.config.objective);
  };
  return descent().run_held_out(leaves, minimise, codes);
}

Status AblationTraining::train_jointly() const {
  const TrainingRows rows(network_, x_);
  const auto minimise = [&](const torch::Tensor& batch, const Generator& dropout) -> Result<Objective> {
    const Compressed compressed = rows.compress(batch);
    AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(network_, compressed.z, dropout));
    Objective result = weighted(terms, network_.config.objective);
    const Objective error = mean_error(compressed.errors);
    result.total = error.total + result.total;
    result.reconstruction = error.reconstruction;
    return result;
  };
  return descent().run_held_out(network_.tensors(), minimise, rows.shuffled());
}

torch::Tensor reconstruction_errors(const TrainableNetwork& network, const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  return (x - network.encode(x).reconstruction).square().sum(1);
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

std::vector<double> errors_of(const TrainableNetwork& network, const FeatureMatrix& rows) {
  constexpr std::int64_t kChunk = 4096;
  std::vector<double> values;
  for (std::int64_t begin = 0; begin < rows.rows(); begin += kChunk) {
    const auto errors =
        reconstruction_errors(network, table_tensor(rows, begin, std::min(begin + kChunk, rows.rows())));
    values.insert(values.end(), errors.data_ptr<double>(), errors.data_ptr<double>() + errors.numel());
  }
  return values;
}

}  // namespace

Result<TrainedMember> train_on_table(const DagmmConfig& config, const FeatureMatrix& train, std::uint64_t seed,
                                     std::int64_t total_steps, const JobControl& control, TrainingReport& report) {
  const TorchThreads one_thread(1);
  const auto x = table_tensor(train, 0, train.rows());
  auto network = TrainableNetwork::initialized(config, train.width, seed);
  const auto initial = network.clone();
  const DescentProgress progress{"dagmm", total_steps, control, report};
  AUSCULT_TRY(AblationTraining(network, x, seed, progress).train_jointly());
  TrainedMember member;
  AUSCULT_TRY_ASSIGN(member.trained, fit_dagmm(network, x, mix_seed(seed, 3)));
  AUSCULT_TRY_ASSIGN(member.untrained, fit_dagmm(initial, x, mix_seed(seed, 3)));
  return member;
}

struct AblationRun::Impl {
  torch::Tensor x;
  std::uint64_t seed;
  TrainableNetwork initial;
  std::optional<TrainableNetwork> pretrained;
  const JobControl& control;

  std::int64_t steps() const { return gradient_steps(initial.config, x.size(0)); }

  Status pretrain() {
    if (pretrained) return {};
    auto network = initial.clone();
    TrainingReport report;
    const DescentProgress progress{"pre-trained autoencoder", 2 * steps(), control, report};
    AUSCULT_TRY(AblationTraining(network, x, mix_seed(seed, 4), progress).pretrain_layers());
    AUSCULT_TRY(AblationTraining(network, x, seed, progress).train_autoencoder());
    pretrained = std::move(network);
    return {};
  }
};

AblationRun::AblationRun(const DagmmConfig& config, const FeatureMatrix& train, std::uint64_t seed,
                         const JobControl& control)
    : impl_(std::make_unique<Impl>(Impl{table_tensor(train, 0, train.rows()), seed,
                                        TrainableNetwork::initialized(config, train.width, seed), std::nullopt,
                                        control})) {}
AblationRun::~AblationRun() = default;

Result<AblationScores> AblationRun::train(Ablation ablation, const FeatureMatrix& test) {
  const TorchThreads one_thread(1);
  auto network = impl_->initial.clone();
  if (ablation != Ablation::gmm_en && ablation != Ablation::e2e_ae) {
    AUSCULT_TRY(impl_->pretrain());
    network = impl_->pretrained->clone();
  }
  TrainingReport report;
  const DescentProgress progress{to_string(ablation), impl_->steps(), impl_->control, report};
  const AblationTraining training(network, impl_->x, impl_->seed, progress);
  switch (ablation) {
    case Ablation::gmm_en:
      AUSCULT_TRY(training.train_without_reconstruction());
      break;
    case Ablation::e2e_ae:
      AUSCULT_TRY(training.train_autoencoder());
      break;
    case Ablation::pae_gmm:
      AUSCULT_TRY(training.train_estimation());
      break;
    case Ablation::dagmm_p:
      AUSCULT_TRY(training.train_jointly());
      break;
    case Ablation::pae:
      break;
    case Ablation::pae_gmm_em:
      network.config.mixture.em_steps = std::max(100, network.config.mixture.em_steps);
      break;
  }
  AblationScores scores;
  if (ablation == Ablation::pae || ablation == Ablation::e2e_ae) {
    scores.reconstruction_errors = errors_of(network, test);
  } else {
    AUSCULT_TRY_ASSIGN(scores.model, fit_dagmm(network, impl_->x, mix_seed(impl_->seed, 3)));
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
