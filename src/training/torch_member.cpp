// One ensemble member: gradient steps, then the densities of its energies.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "member_training.h"
#include "torch_autoencoder.h"
#include "torch_descent.h"
#include "torch_mixture.h"

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

}  // namespace auscult
