#include "auscult/model/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include <torch/torch.h>

#include "dagmm.h"

namespace auscult {
namespace {

// A feature that hardly moved in training (a band at the noise floor) must not turn every later change into an alarm.
constexpr double kSmallestScale = 0.02;

std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t stream) {
  // SplitMix64: neighbouring seeds give unrelated streams.
  std::uint64_t x = seed + 0x9E3779B97F4A7C15ULL * (stream + 1);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

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

// Row numbers in a new order each epoch, the same on every platform.
class Shuffler {
 public:
  Shuffler(std::int64_t rows, std::uint64_t seed) : order_(static_cast<std::size_t>(rows)), random_(seed) {
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
  }
  const std::vector<std::int64_t>& next_epoch() {
    for (std::size_t i = order_.size() - 1; i > 0; --i) std::swap(order_[i], order_[random_() % (i + 1)]);
    return order_;
  }

 private:
  std::vector<std::int64_t> order_;
  std::mt19937_64 random_;
};

std::int64_t batches_per_epoch(std::int64_t rows, int batch) {
  // A last batch too small for a covariance is left out; its rows have their turn in other epochs.
  return std::max<std::int64_t>(1, rows / batch);
}

std::int64_t epochs_of(const DagmmConfig& config, std::int64_t rows) {
  const std::int64_t batches = batches_per_epoch(rows, config.batch);
  return config.max_steps > 0 ? std::min<std::int64_t>(config.epochs, (config.max_steps + batches - 1) / batches) : config.epochs;
}

// Gradient steps on `parameters`, in place.
Status descend(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed,
               const std::string& name, std::int64_t total_steps, const JobControl& control, TrainingReport& report) {
  auto leaves = parameters.tensors();
  for (auto& leaf : leaves) leaf.requires_grad_(true);
  torch::optim::Adam adam(leaves, torch::optim::AdamOptions(config.learning_rate));
  const c10::optional<at::Generator> dropout = at::make_generator<at::CPUGeneratorImpl>(mix_seed(seed, 1));
  Shuffler shuffler(x.size(0), mix_seed(seed, 2));
  const std::int64_t batches = batches_per_epoch(x.size(0), config.batch);
  const std::int64_t epochs = epochs_of(config, x.size(0));

  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto& order = shuffler.next_epoch();
    double loss = 0.0;
    for (std::int64_t b = 0; b < batches; ++b) {
      if (control.cancelled()) return fail(ErrorCode::cancelled, "training was interrupted; nothing was written");
      const std::int64_t begin = b * config.batch, size = std::min<std::int64_t>(config.batch, x.size(0) - begin);
      const auto index = torch::from_blob(const_cast<std::int64_t*>(order.data()) + begin, {size}, torch::kInt64);
      auto value = objective(parameters, config, x.index_select(0, index), dropout);
      if (value && !std::isfinite(value->total.item<double>()))
        value = fail(ErrorCode::training_diverged, "the objective is not finite", {}, "lower the learning rate in the preset");
      if (!value) {
        value.error().what += " (gradient step " + std::to_string(report.steps) + " of detector " + name + ")";
        return tl::unexpected(value.error());
      }
      adam.zero_grad();
      value->total.backward();
      if (config.gradient_clip > 0.0) torch::nn::utils::clip_grad_norm_(leaves, config.gradient_clip);
      adam.step();
      loss += value->total.item<double>();
      report.escalations += value->escalations;
      ++report.steps;
    }
    control.report({"training " + name, static_cast<std::uint64_t>(report.steps), static_cast<std::uint64_t>(total_steps), "steps", loss / static_cast<double>(batches)});
  }
  for (auto& leaf : leaves) leaf.requires_grad_(false);
  return {};
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

  for (int member = 0; member < config.members; ++member) {
    const std::uint64_t seed = mix_seed(base_seed, static_cast<std::uint64_t>(member) + 16);
    auto parameters = NetworkParameters::initialised(config.dagmm, rows.width, seed);
    auto initial = parameters.clone();
    AUSCULT_TRY_ASSIGN(report.first_objective, whole_objective(parameters, config.dagmm, x));
    AUSCULT_TRY(descend(parameters, config.dagmm, x, seed, config.name, total_steps, control, report));
    AUSCULT_TRY_ASSIGN(report.last_objective, whole_objective(parameters, config.dagmm, x));
    AUSCULT_TRY_ASSIGN(detector.members.emplace_back(), Dagmm::fit(std::move(parameters), config.dagmm, x, mix_seed(seed, 3)));
    AUSCULT_TRY_ASSIGN(detector.untrained.emplace_back(), Dagmm::fit(std::move(initial), config.dagmm, x, mix_seed(seed, 3)));
  }
  torch::NoGradGuard no_grad;
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(x));
  const double* values = whitening.matrix.data_ptr<double>();
  detector.controls.whitening.assign(values, values + whitening.matrix.numel());
  if (report_out) *report_out = report;
  return detector;
}

}  // namespace auscult
