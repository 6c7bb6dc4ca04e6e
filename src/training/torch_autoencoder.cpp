#include "torch_autoencoder.h"

#include <utility>

namespace auscult {
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
