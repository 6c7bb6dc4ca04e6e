#include "network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "convolution.h"
#include "model/network_shapes.h"
#include "residual_blocks.h"

namespace auscult::nn {
namespace {

constexpr double kTiny =
    1e-12;  // keeps relative distance and cosine defined for silence and for a perfect reconstruction
constexpr double kLogOffset = 1e-6;
constexpr double kNormEpsilon = 1e-5;  // of batch normalization, as in libtorch

// Dense layers prefix.0, prefix.1, ...: hidden ones activated, the last one linear.
Status restore_dense(TensorMap& tensors, const std::string& prefix, const std::vector<int>& widths,
                     Activation activation, Sequence& layers) {
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const std::string name = prefix + "." + std::to_string(i);
    AUSCULT_TRY_ASSIGN(const std::vector<double> weights,
                       take_tensor(tensors, name + ".weight", {widths[i + 1], widths[i]}));
    AUSCULT_TRY_ASSIGN(const std::vector<double> bias, take_tensor(tensors, name + ".bias", {widths[i + 1]}));
    const bool last = i + 2 == widths.size();
    layers.append(std::make_shared<DenseLayer>(RowProduct(widths[i + 1], widths[i], weights, bias),
                                               last ? Activation::linear : activation));
  }
  return {};
}

void save_dense(TensorMap& tensors, const std::string& prefix, const Sequence& layers, bool single) {
  for (std::size_t i = 0; i < layers.layers().size(); ++i) {
    const RowProduct& product = static_cast<const DenseLayer&>(*layers.layers()[i]).product();
    const std::string name = prefix + "." + std::to_string(i);
    tensors[name + ".weight"] = {{product.outputs(), product.inputs()}, product.weights(), single};
    tensors[name + ".bias"] = {{product.outputs()}, {product.bias().begin(), product.bias().end()}, single};
  }
}

// Makes the layers of a convolutional network from its tensors, whose shapes have been checked.
class ConvolutionalBuilder {
 public:
  ConvolutionalBuilder(const TensorMap& tensors, const NetworkConfig& config) : tensors_(tensors), config_(config) {}

  void encoder(std::int64_t channels, Sequence& layers) const {
    std::int64_t side = kPatchSide, in = channels;
    for (std::size_t block = 0; block < config_.hidden.size(); ++block) {
      const std::string name = "encoder." + std::to_string(block);
      const std::int64_t out = config_.hidden[block];
      if (config_.kind == NetworkKind::conv) {
        layers.append(std::make_shared<Activated>(
            std::make_shared<Convolution>(convolution(name, {in, out, side, 4, 2, 1})), config_.activation));
      } else {
        layers.append(std::make_shared<ResidualBlock>(convolution(name + ".down", {in, out, side, 4, 2, 1}),
                                                      convolution(name + ".conv", {out, out, side / 2, 3, 1, 1}),
                                                      convolution(name + ".shortcut", {in, out, side, 1, 2, 0}),
                                                      norm(name + ".norm"), config_.activation));
      }
      in = out;
      side /= 2;
    }
    layers.append(std::make_shared<DenseLayer>(dense("encoder.code"), Activation::linear));
  }

  void decoder(std::int64_t channels, Sequence& layers) const {
    layers.append(std::make_shared<DenseLayer>(dense("decoder.code"), config_.activation));
    std::int64_t side = smallest_side(config_), in = config_.hidden.back();
    for (std::size_t block = 0; block < config_.hidden.size(); ++block) {
      const std::string name = "decoder." + std::to_string(block);
      const bool last = block + 1 == config_.hidden.size();
      const std::int64_t out = last ? channels : config_.hidden[config_.hidden.size() - 2 - block];
      const Activation activation = last ? Activation::linear : config_.activation;
      if (config_.kind == NetworkKind::conv) {
        layers.append(std::make_shared<Activated>(
            std::make_shared<TransposedConvolution>(transposed(name, in, out, side)), activation));
      } else {
        layers.append(std::make_shared<ResidualUpBlock>(
            convolution(name + ".conv", {in, in, side, 3, 1, 1}), transposed(name + ".up", in, out, side),
            convolution(name + ".shortcut", {in, out, 2 * side, 1, 1, 0}), side, config_.activation, activation));
      }
      in = out;
      side *= 2;
    }
  }

 private:
  const std::vector<double>& values(const std::string& name) const { return tensors_.at(name).values; }
  Convolution convolution(const std::string& name, const ConvolutionGeometry& geometry) const {
    return {geometry, values(name + ".weight"), values(name + ".bias")};
  }
  TransposedConvolution transposed(const std::string& name, std::int64_t in, std::int64_t out,
                                   std::int64_t side) const {
    return {in, out, side, values(name + ".weight"), values(name + ".bias")};
  }
  RowProduct dense(const std::string& name) const {
    const std::vector<std::int64_t>& shape = tensors_.at(name + ".weight").shape;
    return {shape[0], shape[1], values(name + ".weight"), values(name + ".bias")};
  }
  ChannelScale norm(const std::string& name) const {
    const auto &gain = values(name + ".weight"), &shift = values(name + ".bias"),
               &mean = values(name + ".running_mean"), &variance = values(name + ".running_var");
    ChannelScale scale;
    for (std::size_t i = 0; i < gain.size(); ++i) {
      scale.gain.push_back(gain[i] / std::sqrt(variance[i] + kNormEpsilon));
      scale.shift.push_back(shift[i] - mean[i] * scale.gain[i]);
    }
    return scale;
  }

  const TensorMap& tensors_;
  const NetworkConfig& config_;
};

Result<TensorMap> take_convolutional(TensorMap& tensors, const std::string& prefix, const DagmmConfig& config,
                                     int width) {
  TensorMap taken;
  for (const TensorShape& shape : convolutional_shapes(config.network, width)) {
    AUSCULT_TRY_ASSIGN(std::vector<double> values, take_tensor(tensors, prefix + shape.name, shape.shape));
    const bool variance = shape.kind == TensorShape::Kind::variance,
               statistic = variance || shape.kind == TensorShape::Kind::mean;
    if (variance && std::any_of(values.begin(), values.end(), [](double v) { return v < 0.0; }))
      return damaged_model("tensor " + prefix + shape.name + " holds a negative variance");
    taken[shape.name] = {shape.shape, std::move(values), config.schedule.single_precision && !statistic};
  }
  return taken;
}

void apply_sigmoid(std::span<double> values) {
  for (double& value : values) value = -value;
  exponential(values);
  for (double& value : values) value = 1.0 / (1.0 + value);
}

double squares(const double* x, std::size_t count) {
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) sum += x[i] * x[i];
  return sum;
}

// What both features are made of.
struct Comparison {
  double norm, other_norm, distance, dot;
  Comparison(const double* x, const double* y, std::size_t count)
      : norm(std::sqrt(squares(x, count) + kTiny)), other_norm(std::sqrt(squares(y, count) + kTiny)) {
    double difference = 0.0, product = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      difference += (x[i] - y[i]) * (x[i] - y[i]);
      product += x[i] * y[i];
    }
    distance = std::sqrt(difference + kTiny);
    dot = product;
  }
  double relative() const { return distance / norm; }
  double cosine() const { return dot / (norm * other_norm); }
};

}  // namespace

Result<Network> Network::restore(TensorMap& tensors, const std::string& prefix, const DagmmConfig& config, int width) {
  Network network;
  network.config_ = config.network;
  network.single_precision_ = config.schedule.single_precision;
  network.width_ = static_cast<std::size_t>(width);
  network.z_width_ = static_cast<std::size_t>(nn::z_width(config.network));
  const LayerWidths widths = layer_widths(config.network, width);
  if (config.network.kind == NetworkKind::dense) {
    AUSCULT_TRY(
        restore_dense(tensors, prefix + "encoder", widths.encoder, config.network.activation, network.encoder_));
    AUSCULT_TRY(
        restore_dense(tensors, prefix + "decoder", widths.decoder, config.network.activation, network.decoder_));
  } else {
    AUSCULT_TRY_ASSIGN(network.convolutional_, take_convolutional(tensors, prefix, config, width));
    const ConvolutionalBuilder builder(network.convolutional_, config.network);
    const std::int64_t channels = width / (kPatchSide * kPatchSide);
    builder.encoder(channels, network.encoder_);
    builder.decoder(channels, network.decoder_);
  }
  AUSCULT_TRY(restore_dense(tensors, prefix + "estimation", widths.estimation, Activation::tanh, network.estimation_));
  return network;
}

void Network::save(TensorMap& tensors, const std::string& prefix) const {
  const bool single = single_precision_;  // the weights are numbers of that precision: nothing is lost
  if (config_.kind == NetworkKind::dense) {
    save_dense(tensors, prefix + "encoder", encoder_, single);
    save_dense(tensors, prefix + "decoder", decoder_, single);
  }
  for (const auto& [name, tensor] : convolutional_) tensors[prefix + name] = tensor;
  save_dense(tensors, prefix + "estimation", estimation_, single);
}

Network::Pass Network::forward(std::span<const double> input) const {
  const std::size_t rows = input.size() / width_, code_width = static_cast<std::size_t>(config_.latent);
  Pass pass;
  pass.encoder = encoder_.forward(input);
  pass.decoder = decoder_.forward(pass.encoder.back());
  pass.output = pass.decoder.back();
  if (config_.sigmoid) apply_sigmoid(pass.output);
  if (config_.skip_connection > 0.0)
    for (std::size_t i = 0; i < pass.output.size(); ++i) pass.output[i] += config_.skip_connection * input[i];
  pass.z.resize(rows * z_width_);
  for (std::size_t row = 0; row < rows; ++row) {
    double* z = pass.z.data() + row * z_width_;
    std::copy_n(pass.encoder.back().data() + row * code_width, code_width, z);
    if (config_.reconstruction_features)
      reconstruction_features(input.data() + row * width_, pass.output.data() + row * width_, z + code_width);
  }
  return pass;
}

void Network::reconstruction_features(const double* x, const double* y, double* features) const {
  const Comparison compared(x, y, width_);
  features[0] = compared.relative();
  features[1] = compared.cosine();
  if (!config_.log_reconstruction) return;
  features[0] = std::log(features[0] + kLogOffset);
  features[1] = std::log(std::max(1.0 - features[1], 0.0) + kLogOffset);
}

void Network::reconstruction_gradient(const double* x, const double* y, const double* gradient, double* x_gradient,
                                      double* y_gradient) const {
  const Comparison c(x, y, width_);
  double by_relative = gradient[0], by_cosine = gradient[1];
  if (config_.log_reconstruction) {
    const double rest = 1.0 - c.cosine();
    by_relative /= c.relative() + kLogOffset;
    by_cosine *= rest >= 0.0 ? -1.0 / (rest + kLogOffset) : 0.0;
  }
  const double relative = c.relative(), cosine = c.cosine(), norms = c.norm * c.other_norm;
  for (std::size_t i = 0; i < width_; ++i) {
    const double apart = (x[i] - y[i]) / (c.distance * c.norm);
    x_gradient[i] += by_relative * (apart - relative * x[i] / (c.norm * c.norm)) +
                     by_cosine * (y[i] / norms - cosine * x[i] / (c.norm * c.norm));
    y_gradient[i] += -by_relative * apart + by_cosine * (x[i] / norms - cosine * y[i] / (c.other_norm * c.other_norm));
  }
}

std::vector<double> Network::backward(std::span<const double> input, const Pass& pass,
                                      std::span<const double> gradient) const {
  const std::size_t rows = input.size() / width_, code_width = static_cast<std::size_t>(config_.latent);
  std::vector<double> input_gradient(input.size(), 0.0), output_gradient(input.size(), 0.0),
      code_gradient(rows * code_width);
  for (std::size_t row = 0; row < rows; ++row) {
    const double* from = gradient.data() + row * z_width_;
    std::copy_n(from, code_width, code_gradient.data() + row * code_width);
    if (!config_.reconstruction_features) continue;
    const std::size_t at = row * width_;
    reconstruction_gradient(input.data() + at, pass.output.data() + at, from + code_width, input_gradient.data() + at,
                            output_gradient.data() + at);
  }
  for (std::size_t i = 0; i < input.size(); ++i) {
    input_gradient[i] += config_.skip_connection * output_gradient[i];
    if (!config_.sigmoid) continue;
    const double value = pass.output[i] - config_.skip_connection * input[i];
    output_gradient[i] *= value * (1.0 - value);
  }
  const std::vector<double> through_decoder = decoder_.backward(pass.encoder.back(), pass.decoder, output_gradient);
  for (std::size_t i = 0; i < code_gradient.size(); ++i) code_gradient[i] += through_decoder[i];
  const std::vector<double> through_encoder = encoder_.backward(input, pass.encoder, code_gradient);
  for (std::size_t i = 0; i < input_gradient.size(); ++i) input_gradient[i] += through_encoder[i];
  return input_gradient;
}

std::vector<double> Network::estimate(std::span<const double> z) const {
  std::vector<double> gamma = estimation_.forward(z).back();
  const auto components = static_cast<std::size_t>(config_.components);
  for (std::size_t begin = 0; begin < gamma.size(); begin += components) {
    const auto row = std::span(gamma).subspan(begin, components);
    std::vector<double> logits(row.begin(), row.end());
    const double total = log_sum_exp(logits);
    for (double& value : row) value -= total;
    exponential(row);
  }
  return gamma;
}

}  // namespace auscult::nn
