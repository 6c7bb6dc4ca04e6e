#include "torch_descent.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

#include "torch_autoencoder.h"
#include "torch_mixture.h"

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

// During its lifetime the parameters are float32. Their type changes in place, so that all references to them see the
// same numbers.
class StepPrecision {
 public:
  StepPrecision(std::vector<torch::Tensor>& leaves, bool single) : leaves_(leaves), single_(single) {
    turn(torch::kFloat32);
  }
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

// Adam (Kingma and Ba 2015) on all parameters as one vector: a step costs few calls, however many layers there are. The
// parameters and their gradients are views of that vector during its lifetime and after it.
class FlatAdam {
 public:
  FlatAdam(std::vector<torch::Tensor>& leaves, double rate) : rate_(rate) {
    torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> flat;
    for (const auto& leaf : leaves) flat.push_back(leaf.detach().reshape(-1));
    values_ = torch::cat(flat);
    slopes_ = torch::zeros_like(values_);
    mean_ = torch::zeros_like(values_);
    square_ = torch::zeros_like(values_);
    std::int64_t begin = 0;
    for (auto& leaf : leaves) {
      const std::int64_t size = leaf.numel();
      leaf.set_data(values_.narrow(0, begin, size).view(leaf.sizes()));
      leaf.requires_grad_(true);
      leaf.mutable_grad() = slopes_.narrow(0, begin, size).view(leaf.sizes());
      begin += size;
    }
  }
  void zero_grad() { slopes_.zero_(); }
  void step() {
    torch::NoGradGuard no_grad;
    ++steps_;
    mean_.mul_(kMeanDecay).add_(slopes_, 1.0 - kMeanDecay);
    square_.mul_(kSquareDecay).addcmul_(slopes_, slopes_, 1.0 - kSquareDecay);
    at::sqrt_out(slopes_, square_);  // of use until the next gradient
    slopes_.div_(std::sqrt(1.0 - std::pow(kSquareDecay, steps_))).add_(kSmallest);
    values_.addcdiv_(mean_, slopes_, -rate_ / (1.0 - std::pow(kMeanDecay, steps_)));
  }

 private:
  static constexpr double kMeanDecay = 0.9, kSquareDecay = 0.999, kSmallest = 1e-8;
  double rate_;
  int steps_ = 0;
  torch::Tensor values_, slopes_, mean_, square_;
};

// The lowest objective on the held-out rows so far, and the corresponding parameters.
class HeldOutMinimum {
 public:
  HeldOutMinimum(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise, torch::Tensor rows,
                 double min_phi)
      : leaves_(leaves), minimise_(minimise), rows_(std::move(rows)), min_phi_(min_phi) {}

  // True if the objective has fallen enough to continue. One that cannot be computed is not a minimum: the descent
  // itself reports it.
  bool look() {
    torch::NoGradGuard no_grad;
    const auto value = minimise_(rows_.to(leaves_.front().scalar_type()), c10::nullopt);
    collapsed_ = value && value->smallest_phi < min_phi_;
    if (!value || collapsed_ || !(value->total.item<double>() < lowest_)) return false;
    lowest_ = value->total.item<double>();
    best_.clear();
    for (const auto& leaf : leaves_) best_.push_back(leaf.detach().clone());
    const bool worthwhile = !(lowest_ > reference_ - kWorthwhileGain * std::abs(reference_));
    if (worthwhile) reference_ = lowest_;
    return worthwhile;
  }
  // A component has died: the requested mixture is no longer being trained.
  bool collapsed() const { return collapsed_; }
  void go_back() {
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < best_.size(); ++i) torch::Tensor(leaves_[i]).copy_(best_[i]);
  }

 private:
  const std::vector<torch::Tensor>& leaves_;
  const BatchObjective& minimise_;
  torch::Tensor rows_;
  double min_phi_;
  bool collapsed_ = false;
  double lowest_ = std::numeric_limits<double>::infinity(), reference_ = std::numeric_limits<double>::max();
  std::vector<torch::Tensor> best_;
};

torch::Tensor drawn_order(std::int64_t rows, std::uint64_t seed) {
  auto order = torch::arange(rows, torch::kInt64);
  std::int64_t* at = order.data_ptr<std::int64_t>();
  std::mt19937_64 random(seed);
  for (std::int64_t i = rows - 1; i > 0; --i) std::swap(at[i], at[random() % static_cast<std::uint64_t>(i + 1)]);
  return order;
}

}  // namespace

Result<MixtureTerms> mixture_terms(const TrainableNetwork& network, const torch::Tensor& z,
                                   const c10::optional<at::Generator>& generator) {
  // Covariances of a collapsing component need double precision, even if the networks run in single precision.
  const auto gamma = network.estimate(z, generator).to(torch::kFloat64);
  const auto wide = z.to(torch::kFloat64);
  const Mixture mixture = mixture_moments(wide, gamma, network.config.mixture.ridge);
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(mixture.sigma, network.config.mixture.ridge));
  return MixtureTerms{sample_energy(wide, mixture.phi, mixture.mu, factors.lower).mean(),
                      mixture.sigma.diagonal(0, -2, -1).reciprocal().sum(), factors.escalations,
                      mixture.phi.min().item<double>()};
}

Result<Objective> objective(const TrainableNetwork& network, const torch::Tensor& x,
                            const c10::optional<at::Generator>& generator) {
  return denoising_objective(network, x, x, generator);
}

Result<Objective> denoising_objective(const TrainableNetwork& network, const torch::Tensor& x,
                                      const torch::Tensor& corrupted, const c10::optional<at::Generator>& generator) {
  const auto input = network.to_metric(x);
  return input_objective(network, input, corrupted.is_same(x) ? input : network.to_metric(corrupted), generator);
}

Result<Objective> input_objective(const TrainableNetwork& network, const torch::Tensor& input,
                                  const torch::Tensor& corrupted, const c10::optional<at::Generator>& generator) {
  const BatchNorm norm = generator ? BatchNorm::batch : BatchNorm::stored;
  const Encoded encoded = network.encode_input(corrupted, norm);
  const auto reconstruction = (input - encoded.reconstruction).square().sum(1).mean();
  Objective result;
  result.total = reconstruction;
  result.reconstruction = reconstruction.item<double>();
  const ObjectiveConfig& weights = network.config.objective;
  if (weights.lambda_energy == 0.0 && weights.lambda_covariance == 0.0)
    return result;  // the mixture does not shape the code
  const auto z = corrupted.is_same(input) ? encoded.z : network.encode_input(input, norm).z;
  AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(network, z, generator));
  result.total = reconstruction + weights.lambda_energy * terms.energy + weights.lambda_covariance * terms.covariance;
  result.energy = terms.energy.item<double>();
  result.covariance = terms.covariance.item<double>();
  result.escalations = terms.escalations;
  result.smallest_phi = terms.smallest_phi;
  return result;
}

std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t x = seed + 0x9E3779B97F4A7C15ULL * (stream + 1);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::int64_t batches_per_epoch(std::int64_t rows, int batch_size) {
  // A last batch too small for a covariance is left out; its rows are used in other epochs.
  return std::max<std::int64_t>(1, rows / batch_size);
}

std::int64_t epochs_of(const ScheduleConfig& schedule, std::int64_t rows) {
  const std::int64_t batches = batches_per_epoch(rows, schedule.batch_size);
  return schedule.max_steps > 0 ? std::min<std::int64_t>(schedule.epochs, (schedule.max_steps + batches - 1) / batches)
                                : schedule.epochs;
}

Status Descent::run(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise,
                    const torch::Tensor& rows) const {
  return steps(leaves, minimise, rows, {});
}

Status Descent::steps(std::vector<torch::Tensor> leaves, const BatchObjective& minimise, const torch::Tensor& rows,
                      const StopAfter& stop_after) const {
  TrainingReport& report = progress_.report;
  const StepPrecision precision(leaves, schedule_.single_precision);
  const torch::Tensor x = schedule_.single_precision ? rows.to(torch::kFloat32) : rows;
  FlatAdam adam(leaves, schedule_.learning_rate);
  const c10::optional<at::Generator> generator = at::make_generator<at::CPUGeneratorImpl>(mix_seed(seed_, 1));
  Shuffler shuffler(x.size(0), mix_seed(seed_, 2));
  const std::int64_t batches = batches_per_epoch(x.size(0), schedule_.batch_size);
  const std::int64_t epochs = epochs_of(schedule_, x.size(0));

  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto& order = shuffler.next_epoch();
    double loss = 0.0;
    for (std::int64_t b = 0; b < batches; ++b) {
      if (progress_.control.cancelled())
        return fail(ErrorCode::cancelled, "training was interrupted; nothing was written");
      const std::int64_t begin = b * schedule_.batch_size,
                         size = std::min<std::int64_t>(schedule_.batch_size, x.size(0) - begin);
      const auto index = torch::from_blob(const_cast<std::int64_t*>(order.data()) + begin, {size}, torch::kInt64);
      adam.zero_grad();
      auto value = minimise(x.index_select(0, index), generator);
      if (value && !std::isfinite(value->total.item<double>()))
        value = fail(ErrorCode::training_diverged, "the objective is not finite", {},
                     "lower the learning rate in the preset");
      if (!value) {
        value.error().what +=
            " (gradient step " + std::to_string(report.steps) + " of detector " + progress_.name + ")";
        return tl::unexpected(value.error());
      }
      if (!value->differentiated) value->total.backward();
      if (schedule_.gradient_clip > 0.0) torch::nn::utils::clip_grad_norm_(leaves, schedule_.gradient_clip);
      adam.step();
      loss += value->total.item<double>();
      report.escalations += value->escalations;
      ++report.steps;
    }
    progress_.control.report({"training " + progress_.name, static_cast<std::uint64_t>(report.steps),
                              static_cast<std::uint64_t>(progress_.total_steps), "steps",
                              loss / static_cast<double>(batches)});
    if (stop_after && stop_after(epoch)) break;
  }
  for (auto& leaf : leaves) {
    leaf.requires_grad_(false);
    leaf.mutable_grad().reset();
  }
  return {};
}

Status Descent::run_held_out(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise,
                             const torch::Tensor& x) const {
  const auto held = static_cast<std::int64_t>(std::lround(schedule_.held_out * static_cast<double>(x.size(0))));
  if (held < 2) return run(leaves, minimise, x);
  const auto order = drawn_order(x.size(0), mix_seed(seed_, 5));
  const auto training = x.index_select(0, order.slice(0, held, x.size(0)));
  const std::int64_t interval = std::max<std::int64_t>(1, epochs_of(schedule_, training.size(0)) / kHeldOutChecks);

  HeldOutMinimum minimum(leaves, minimise, x.index_select(0, order.slice(0, 0, held)), schedule_.min_phi);
  minimum.look();
  std::int64_t looks_in_vain = 0;
  const auto stop_after = [&](std::int64_t epoch) {
    if ((epoch + 1) % interval != 0) return false;
    looks_in_vain = minimum.look() ? 0 : looks_in_vain + 1;
    return minimum.collapsed() || looks_in_vain >= schedule_.patience;
  };
  AUSCULT_TRY(steps(leaves, minimise, training, stop_after));
  minimum.go_back();
  return {};
}

std::int64_t gradient_steps(const DagmmConfig& config, std::int64_t rows) {
  return epochs_of(config.schedule, rows) * batches_per_epoch(rows, config.schedule.batch_size);
}

// ---- the written-out gradient of an autoencoder
// -----------------------------------------------------------------------------

namespace {

constexpr std::int64_t kRowsOfBatch = 0;  // dimension

}  // namespace

bool only_reconstructs(const DagmmConfig& config) {
  return config.network.kind == NetworkKind::dense && config.objective.lambda_energy == 0.0 &&
         config.objective.lambda_covariance == 0.0;
}

// Buffers for batches like this one; the next batch has the same size.
void ReconstructionGradient::lay_out(const torch::Tensor& input) {
  if (!layers_.empty() && layers_.front().output.size(0) == input.size(0) &&
      layers_.front().output.scalar_type() == input.scalar_type())
    return;
  layers_.clear();
  for (const auto* part : {&network_.encoder, &network_.decoder})
    for (std::size_t i = 0; i < part->size(); ++i) {
      const std::vector<std::int64_t> shape = {input.size(0), (*part)[i].weight.size(0)};
      layers_.push_back({&(*part)[i], i + 1 < part->size(), torch::empty(shape, input.options()),
                         torch::empty(shape, input.options())});
    }
}

void ReconstructionGradient::activate_in_place(torch::Tensor& values) const {
  switch (network_.config.network.activation) {
    case Activation::tanh:
      values.tanh_();
      break;
    case Activation::relu:
      values.relu_();
      break;
    case Activation::linear:
      break;
  }
}

void ReconstructionGradient::through_activation(torch::Tensor& slope, const torch::Tensor& values) const {
  switch (network_.config.network.activation) {
    case Activation::tanh:
      at::tanh_backward_out(slope, slope, values);
      break;
    case Activation::relu:
      slope.mul_(values > 0);
      break;
    case Activation::linear:
      break;
  }
}

double ReconstructionGradient::differentiate(const torch::Tensor& input, const torch::Tensor& corrupted) {
  torch::NoGradGuard no_grad;
  lay_out(input);
  const NetworkConfig& config = network_.config.network;
  const torch::Tensor* from = &corrupted;
  for (Layer& layer : layers_) {
    at::addmm_out(layer.output, layer.parameters->bias, *from, layer.parameters->weight.t());
    if (layer.activated) activate_in_place(layer.output);
    from = &layer.output;
  }
  Layer& last = layers_.back();
  if (config.sigmoid) last.output.sigmoid_();
  at::sub_out(last.slope, last.output, input);
  if (config.skip_connection > 0.0) last.slope.add_(corrupted, config.skip_connection);
  const double error =
      at::dot(last.slope.view(-1), last.slope.view(-1)).item<double>() / static_cast<double>(input.size(0));
  last.slope.mul_(2.0 / static_cast<double>(input.size(0)));
  if (config.sigmoid) at::sigmoid_backward_out(last.slope, last.slope, last.output);
  for (std::size_t i = layers_.size(); i-- > 0;) {
    Layer& layer = layers_[i];
    if (layer.activated) through_activation(layer.slope, layer.output);
    torch::Tensor weight_slope = layer.parameters->weight.grad(), bias_slope = layer.parameters->bias.grad();
    at::mm_out(weight_slope, layer.slope.t(), i > 0 ? layers_[i - 1].output : corrupted);
    at::sum_out(bias_slope, layer.slope, c10::IntArrayRef(kRowsOfBatch));
    if (i > 0) at::mm_out(layers_[i - 1].slope, layer.slope, layer.parameters->weight);
  }
  return error;
}

}  // namespace auscult
