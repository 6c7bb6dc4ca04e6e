#include "descent.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace auscult {
namespace {

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

// While it lives the parameters are float32. Their numbers change type where they stand, so that every name for them sees the same.
class StepPrecision {
 public:
  StepPrecision(std::vector<torch::Tensor>& leaves, bool single) : leaves_(leaves), single_(single) { turn(torch::kFloat32); }
  ~StepPrecision() { turn(torch::kFloat64); }
  StepPrecision(const StepPrecision&) = delete;
  StepPrecision& operator=(const StepPrecision&) = delete;

 private:
  void turn(torch::ScalarType type) {
    if (!single_) return;
    for (auto& leaf : leaves_) {
      leaf.mutable_grad().reset();
      leaf.set_data(leaf.detach().to(type));
    }
  }
  std::vector<torch::Tensor>& leaves_;
  bool single_;
};

}  // namespace

std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t x = seed + 0x9E3779B97F4A7C15ULL * (stream + 1);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::int64_t batches_per_epoch(std::int64_t rows, int batch) {
  // A last batch too small for a covariance is left out; its rows have their turn in other epochs.
  return std::max<std::int64_t>(1, rows / batch);
}

std::int64_t epochs_of(const DagmmConfig& config, std::int64_t rows) {
  const std::int64_t batches = batches_per_epoch(rows, config.batch);
  return config.max_steps > 0 ? std::min<std::int64_t>(config.epochs, (config.max_steps + batches - 1) / batches) : config.epochs;
}

Status descend(std::vector<torch::Tensor> leaves, const BatchObjective& minimise, const DagmmConfig& config, const torch::Tensor& rows,
               std::uint64_t seed, const DescentProgress& progress) {
  TrainingReport& report = progress.report;
  const StepPrecision precision(leaves, config.single_precision);
  const torch::Tensor x = config.single_precision ? rows.to(torch::kFloat32) : rows;
  for (auto& leaf : leaves) leaf.requires_grad_(true);
  torch::optim::Adam adam(leaves, torch::optim::AdamOptions(config.learning_rate));
  const c10::optional<at::Generator> generator = at::make_generator<at::CPUGeneratorImpl>(mix_seed(seed, 1));
  Shuffler shuffler(x.size(0), mix_seed(seed, 2));
  const std::int64_t batches = batches_per_epoch(x.size(0), config.batch);
  const std::int64_t epochs = epochs_of(config, x.size(0));

  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto& order = shuffler.next_epoch();
    double loss = 0.0;
    for (std::int64_t b = 0; b < batches; ++b) {
      if (progress.control.cancelled()) return fail(ErrorCode::cancelled, "training was interrupted; nothing was written");
      const std::int64_t begin = b * config.batch, size = std::min<std::int64_t>(config.batch, x.size(0) - begin);
      const auto index = torch::from_blob(const_cast<std::int64_t*>(order.data()) + begin, {size}, torch::kInt64);
      auto value = minimise(x.index_select(0, index), generator);
      if (value && !std::isfinite(value->total.item<double>()))
        value = fail(ErrorCode::training_diverged, "the objective is not finite", {}, "lower the learning rate in the preset");
      if (!value) {
        value.error().what += " (gradient step " + std::to_string(report.steps) + " of detector " + progress.name + ")";
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
    progress.control.report({"training " + progress.name, static_cast<std::uint64_t>(report.steps), static_cast<std::uint64_t>(progress.total_steps), "steps", loss / static_cast<double>(batches)});
    if (progress.stop_after && progress.stop_after(epoch)) break;
  }
  for (auto& leaf : leaves) leaf.requires_grad_(false);
  return {};
}

}  // namespace auscult
