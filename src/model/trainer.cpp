#include "model/trainer.h"

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

constexpr double kSmallestSampleScale = 1e-5;  // of samples in [-1, 1]: -100 dBFS

// How many values of a vector have numbers of their own: those that differ only in when they were heard share theirs.
std::size_t own_scales(const DetectorConfig& config, int width) {
  switch (config.input) {
    case Representation::waveform: return 1;
    // A picture of several channels is no sound: all its values share one scale, as brightness does.
    case Representation::patch: return width == kPatchSide * kPatchSide ? kPatchSide : 1;
    case Representation::mel: return static_cast<std::size_t>(width / config.window);
    case Representation::frames:
    case Representation::summary: break;
  }
  return static_cast<std::size_t>(width);
}

void fit_standardisation(const FeatureMatrix& rows, std::vector<double>& mean, std::vector<double>& scale) {
  const std::size_t own = mean.size();
  const double count = static_cast<double>(rows.values.size() / own);
  for (std::size_t i = 0; i < rows.values.size(); ++i) mean[i % own] += rows.values[i];
  for (double& m : mean) m /= count;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    const double centred = rows.values[i] - mean[i % own];
    scale[i % own] += centred * centred;
  }
  for (double& s : scale) s = std::sqrt(s / count);
}

void fit_min_max(const FeatureMatrix& rows, std::vector<double>& smallest, std::vector<double>& range) {
  const std::size_t own = smallest.size();
  std::copy_n(rows.values.begin(), own, smallest.begin());
  std::vector<double> largest = smallest;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    smallest[i % own] = std::min<double>(smallest[i % own], rows.values[i]);
    largest[i % own] = std::max<double>(largest[i % own], rows.values[i]);
  }
  for (std::size_t i = 0; i < own; ++i) range[i] = largest[i] - smallest[i];
}

void fit_scaling(const FeatureMatrix& rows, Detector& detector) {
  const std::size_t own = own_scales(detector.config, rows.width);
  std::vector<double> mean(own, 0.0), scale(own, 0.0);
  if (detector.config.scaling == Scaling::min_max) fit_min_max(rows, mean, scale);
  else fit_standardisation(rows, mean, scale);
  const double smallest = detector.config.input == Representation::waveform ? kSmallestSampleScale : kSmallestScale;
  for (int i = 0; i < rows.width; ++i) {
    detector.mean.push_back(mean[static_cast<std::size_t>(i) % own]);
    detector.scale.push_back(std::max(scale[static_cast<std::size_t>(i) % own], smallest));
  }
}

torch::Tensor standardised(const FeatureMatrix& rows, const Detector& detector) {
  const auto width = static_cast<std::size_t>(rows.width);
  auto tensor = torch::empty({rows.rows(), rows.width}, torch::kFloat64);
  double* out = tensor.data_ptr<double>();
  for (std::size_t i = 0; i < rows.values.size(); ++i) out[i] = (rows.values[i] - detector.mean[i % width]) / detector.scale[i % width];
  return tensor;
}

bool denoises(const DagmmConfig& config) { return config.noise > 0.0 || config.faults > 0.0; }

// What is minimised, over many rows at once and always with the same corruption.
Result<double> whole_objective(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, const torch::Tensor& templates) {
  torch::NoGradGuard no_grad;
  const std::int64_t most = has_covariance(config, static_cast<int>(x.size(1))) ? 8192 : 256;
  const auto rows = x.slice(0, 0, std::min<std::int64_t>(x.size(0), most));
  const auto corrupted = denoises(config) ? corrupt(parameters, config, rows, templates, at::make_generator<at::CPUGeneratorImpl>(1)) : rows;
  AUSCULT_TRY_ASSIGN(const Objective value, denoising_objective(parameters, config, rows, corrupted, c10::nullopt));
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
  fit_scaling(rows, detector);
  const auto x = standardised(rows, detector);
  const std::int64_t total_steps = config.members * epochs_of(config.dagmm, x.size(0)) * batches_per_epoch(x.size(0), config.dagmm.batch);

  if (config.energy == EnergyKind::neighbour) {
    const std::span<const double> values(x.data_ptr<double>(), static_cast<std::size_t>(x.numel()));
    detector.memory = std::make_shared<const NeighbourMemory>(remember(values, rows.width, rows.groups, config.memory));
  }
  const auto templates = has_covariance(config.dagmm, rows.width) ? fault_templates(config, rows.width) : std::vector<double>{};
  torch::Tensor template_rows;
  if (!templates.empty()) template_rows = torch::from_blob(const_cast<double*>(templates.data()), {static_cast<std::int64_t>(templates.size()) / rows.width, rows.width}, torch::kFloat64);
  for (int member = 0; member < config.members; ++member) {
    const std::uint64_t seed = mix_seed(base_seed, static_cast<std::uint64_t>(member) + 16);
    auto parameters = NetworkParameters::initialised(config.dagmm, rows.width, seed);
    fix_statistics(parameters.convolutional, config.dagmm, x);
    AUSCULT_TRY(fix_whitening(parameters, config.dagmm, x));
    auto initial = parameters.clone();
    AUSCULT_TRY_ASSIGN(report.first_objective, whole_objective(parameters, config.dagmm, x, template_rows));
    const auto minimise = [&](const torch::Tensor& batch, const c10::optional<at::Generator>& generator) {
      if (!denoises(config.dagmm)) return objective(parameters, config.dagmm, batch, generator);
      return denoising_objective(parameters, config.dagmm, batch, corrupt(parameters, config.dagmm, batch, template_rows, *generator), generator);
    };
    AUSCULT_TRY(descend(parameters.tensors(), minimise, config.dagmm, x, seed, {config.name, total_steps, control, report}));
    fix_statistics(parameters.convolutional, config.dagmm, x);
    AUSCULT_TRY_ASSIGN(report.last_objective, whole_objective(parameters, config.dagmm, x, template_rows));
    AUSCULT_TRY_ASSIGN(detector.members.emplace_back(), Dagmm::fit(std::move(parameters), config.dagmm, x, mix_seed(seed, 3), templates));
    AUSCULT_TRY_ASSIGN(detector.untrained.emplace_back(), Dagmm::fit(std::move(initial), config.dagmm, x, mix_seed(seed, 3), templates));
  }
  if (report_out) *report_out = report;
  return detector;
}

}  // namespace auscult
