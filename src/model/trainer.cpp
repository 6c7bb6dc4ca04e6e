#include "auscult/model/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <torch/torch.h>

#include "dagmm.h"
#include "descent.h"
#include "fault_templates.h"
#include "neighbours.h"

namespace auscult {
namespace {

// A feature that hardly moved in training (a band at the noise floor) must not turn every later change into an alarm.
constexpr double kSmallestScale = 0.02;

void fit_standardisation(const FeatureMatrix& rows, Detector& detector) {
  const auto width = static_cast<std::size_t>(rows.width);
  const double count = static_cast<double>(rows.rows());
  detector.mean.assign(width, 0.0);
  detector.scale.assign(width, 0.0);
  for (std::size_t i = 0; i < rows.values.size(); ++i) detector.mean[i % width] += rows.values[i];
  for (double& mean : detector.mean) mean /= count;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    const double centred = rows.values[i] - detector.mean[i % width];
    detector.scale[i % width] += centred * centred;
  }
  for (double& scale : detector.scale) scale = std::max(std::sqrt(scale / count), kSmallestScale);
}

torch::Tensor standardised(const FeatureMatrix& rows, const Detector& detector) {
  const auto width = static_cast<std::size_t>(rows.width);
  auto tensor = torch::empty({rows.rows(), rows.width}, torch::kFloat64);
  double* out = tensor.data_ptr<double>();
  for (std::size_t i = 0; i < rows.values.size(); ++i) out[i] = (rows.values[i] - detector.mean[i % width]) / detector.scale[i % width];
  return tensor;
}

Result<double> whole_objective(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  AUSCULT_TRY_ASSIGN(const Objective value, objective(parameters, config, x.slice(0, 0, std::min<std::int64_t>(x.size(0), 8192)), c10::nullopt));
  return value.total.item<double>();
}

}  // namespace

Result<Detector> train_detector(const DetectorConfig& config, const FeatureMatrix& rows, std::uint64_t base_seed,
                                const JobControl& control, TrainingReport* report_out) {
  const std::int64_t needed = std::max<std::int64_t>(16, 2 * config.dagmm.components);
  if (rows.rows() < needed)
    return fail(ErrorCode::not_enough_data, "there are only " + std::to_string(rows.rows()) + " feature vectors for detector " + config.name + "; it needs " + std::to_string(needed), {},
                "give more normal sound: some minutes are a good start");
  // One thread a detector: waiting for each other costs two threads more than they gain on matrices of this size, and
  // ruins them on a busy machine. Detectors train side by side instead.
  const TorchThreads one_thread(1);
  TrainingReport report;
  report.rows = rows.rows();
  Detector detector;
  detector.config = config;
  detector.width = rows.width;
  fit_standardisation(rows, detector);
  const auto x = standardised(rows, detector);
  const std::int64_t total_steps = config.members * epochs_of(config.dagmm, x.size(0)) * batches_per_epoch(x.size(0), config.dagmm.batch);

  if (config.energy == EnergyKind::neighbour) {
    const std::span<const double> values(x.data_ptr<double>(), static_cast<std::size_t>(x.numel()));
    detector.memory = std::make_shared<const NeighbourMemory>(remember(values, rows.width, rows.groups, config.memory));
  }
  const auto templates = fault_templates(config, rows.width);
  for (int member = 0; member < config.members; ++member) {
    const std::uint64_t seed = mix_seed(base_seed, static_cast<std::uint64_t>(member) + 16);
    auto parameters = NetworkParameters::initialised(config.dagmm, rows.width, seed);
    auto initial = parameters.clone();
    AUSCULT_TRY_ASSIGN(report.first_objective, whole_objective(parameters, config.dagmm, x));
    const auto minimise = [&](const torch::Tensor& batch, const c10::optional<at::Generator>& dropout) { return objective(parameters, config.dagmm, batch, dropout); };
    AUSCULT_TRY(descend(parameters.tensors(), minimise, config.dagmm, x, seed, {config.name, total_steps, control, report}));
    AUSCULT_TRY_ASSIGN(report.last_objective, whole_objective(parameters, config.dagmm, x));
    AUSCULT_TRY_ASSIGN(detector.members.emplace_back(), Dagmm::fit(std::move(parameters), config.dagmm, x, mix_seed(seed, 3), templates));
    AUSCULT_TRY_ASSIGN(detector.untrained.emplace_back(), Dagmm::fit(std::move(initial), config.dagmm, x, mix_seed(seed, 3), templates));
  }
  torch::NoGradGuard no_grad;
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(x));
  const double* values = whitening.matrix.data_ptr<double>();
  detector.controls.whitening.assign(values, values + whitening.matrix.numel());
  if (report_out) *report_out = report;
  return detector;
}

}  // namespace auscult
