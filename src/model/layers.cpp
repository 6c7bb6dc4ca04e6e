#include "layers.h"

#include <algorithm>
#include <utility>

namespace auscult::nn {

void activate(std::span<double> values, Activation activation) {
  switch (activation) {
    case Activation::tanh:
      hyperbolic_tangent(values);
      return;
    case Activation::relu:
      for (double& value : values) value = value > 0.0 ? value : 0.0;
      return;
    case Activation::linear:
      return;
  }
}

void activate_backward(std::span<const double> out, Activation activation, std::span<double> gradient) {
  if (activation == Activation::linear) return;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double slope = activation == Activation::tanh ? 1.0 - out[i] * out[i] : (out[i] > 0.0 ? 1.0 : 0.0);
    gradient[i] *= slope;
  }
}

void DenseLayer::forward(std::span<const double> in, std::span<double> out) const {
  product_.apply(in, out);
  activate(out, activation_);
}

void DenseLayer::backward(std::span<const double>, std::span<const double> out, std::span<const double> out_gradient,
                          std::span<double> in_gradient) const {
  std::vector<double> gradient(out_gradient.begin(), out_gradient.end());
  activate_backward(out, activation_, gradient);
  product_.apply_transposed(gradient, in_gradient);
}

Sequence::Pass Sequence::forward(std::span<const double> in) const {
  Pass pass;
  pass.reserve(layers_.size());
  for (const LayerPointer& layer : layers_) {
    const std::size_t rows = in.size() / static_cast<std::size_t>(layer->inputs());
    std::vector<double>& out = pass.emplace_back(rows * static_cast<std::size_t>(layer->outputs()));
    layer->forward(in, out);
    in = out;
  }
  return pass;
}

std::vector<double> Sequence::backward(std::span<const double> in, const Pass& pass,
                                       std::span<const double> gradient) const {
  std::vector<double> current(gradient.begin(), gradient.end());
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const std::span<const double> input = i > 0 ? std::span<const double>(pass[i - 1]) : in;
    std::vector<double> next(input.size());
    layers_[i]->backward(input, pass[i], current, next);
    current = std::move(next);
  }
  return current;
}

}  // namespace auscult::nn
