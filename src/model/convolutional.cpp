#include "convolutional.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dagmm.h"

namespace auscult {
namespace {

using Kind = ConvolutionalShape::Kind;
constexpr double kNormEpsilon = 1e-5;

// Names and shapes in the order in which the network is walked.
class ShapeList {
 public:
  void layer(const std::string& name, std::vector<std::int64_t> weight, std::int64_t outputs, double values_per_output) {
    const double bound = 1.0 / std::sqrt(values_per_output);
    shapes_.push_back({name + ".weight", std::move(weight), Kind::weights, bound});
    shapes_.push_back({name + ".bias", {outputs}, Kind::weights, bound});
  }
  void convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t side) {
    layer(name, {out, in, side, side}, out, static_cast<double>(in * side * side));
  }
  void transposed(const std::string& name, std::int64_t in, std::int64_t out) {
    layer(name, {in, out, 4, 4}, out, static_cast<double>(in * 4));  // with stride 2 each output meets 2x2 of the 4x4 weights
  }
  void batch_norm(const std::string& name, std::int64_t channels) {
    shapes_.push_back({name + ".weight", {channels}, Kind::gain});
    shapes_.push_back({name + ".bias", {channels}, Kind::shift});
    shapes_.push_back({name + ".running_mean", {channels}, Kind::mean});
    shapes_.push_back({name + ".running_var", {channels}, Kind::variance});
  }
  std::vector<ConvolutionalShape> take() { return std::move(shapes_); }

 private:
  std::vector<ConvolutionalShape> shapes_;
};

// Hands out tensors in the order of the shapes.
class Walk {
 public:
  Walk(const ConvolutionalParameters& parameters, std::size_t first, BatchNorm norm) : parameters_(parameters), next_(first), norm_(norm) {}
  const torch::Tensor& next() { return parameters_.at(next_++).value; }

  torch::Tensor convolution(const torch::Tensor& x, std::int64_t stride, std::int64_t padding) {
    const auto& weight = next();
    return torch::conv2d(x, weight, next(), stride, padding);
  }
  torch::Tensor transposed(const torch::Tensor& x) {
    const auto& weight = next();
    return torch::conv_transpose2d(x, weight, next(), /*stride=*/2, /*padding=*/1);
  }
  torch::Tensor linear(const torch::Tensor& x) {
    const auto& weight = next();
    return torch::addmm(next(), x, weight.t());
  }
  torch::Tensor batch_norm(const torch::Tensor& x) {
    const auto &gain = next(), &shift = next(), &mean = next(), &variance = next();
    if (norm_ == BatchNorm::stored) return torch::batch_norm(x, gain, shift, mean, variance, false, 0.0, kNormEpsilon, false);
    if (moments) moments->push_back({x.mean({0, 2, 3}), x.var({0, 2, 3}, /*unbiased=*/false)});
    return torch::batch_norm(x, gain, shift, {}, {}, true, 0.0, kNormEpsilon, false);
  }

  std::vector<std::pair<torch::Tensor, torch::Tensor>>* moments = nullptr;  // of each batch norm met, on request

 private:
  const ConvolutionalParameters& parameters_;
  std::size_t next_;
  BatchNorm norm_;
};

std::int64_t smallest_side(const DagmmConfig& config) {
  return kPatchSide >> config.hidden.size();
}

torch::Tensor encoder(Walk walk, const DagmmConfig& config, const torch::Tensor& rows) {
  torch::Tensor x = rows.reshape({rows.size(0), -1, kPatchSide, kPatchSide});
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    auto y = walk.convolution(x, 2, 1);
    if (config.network == Network::residual) {
      y = walk.convolution(activate(y, config.activation), 1, 1);
      const auto shortcut = walk.convolution(x, 2, 0);
      y = y + walk.batch_norm(shortcut);
    }
    x = activate(y, config.activation);
  }
  return walk.linear(x.flatten(1));
}

torch::Tensor decoder(Walk walk, const DagmmConfig& config, const torch::Tensor& code) {
  const std::int64_t side = smallest_side(config);
  torch::Tensor x = activate(walk.linear(code), config.activation).reshape({code.size(0), config.hidden.back(), side, side});
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    torch::Tensor y;
    if (config.network == Network::residual) {
      y = walk.transposed(activate(walk.convolution(x, 1, 1), config.activation));
      y = y + walk.convolution(torch::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}), 1, 0);
    } else {
      y = walk.transposed(x);
    }
    x = block + 1 < config.hidden.size() ? activate(y, config.activation) : y;
  }
  return x.flatten(1);
}

// Tensors before the decoder's first.
std::size_t decoder_begin(const ConvolutionalParameters& parameters) {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [](const ConvolutionalTensor& t) { return t.name.starts_with("decoder."); });
  return static_cast<std::size_t>(found - parameters.begin());
}

torch::Tensor initial(const ConvolutionalShape& shape, std::mt19937_64& random) {
  if (shape.kind == Kind::gain || shape.kind == Kind::variance) return torch::ones(shape.shape, torch::kFloat64);
  auto tensor = torch::zeros(shape.shape, torch::kFloat64);
  if (shape.kind != Kind::weights) return tensor;
  double* values = tensor.data_ptr<double>();
  for (std::int64_t n = 0; n < tensor.numel(); ++n) values[n] = uniform_weight(shape.bound, random);
  return tensor;
}

}  // namespace

std::vector<ConvolutionalShape> convolutional_shapes(const DagmmConfig& config, int width) {
  ShapeList list;
  const bool residual = config.network == Network::residual;
  const std::int64_t channels = width / (kPatchSide * kPatchSide);
  std::int64_t in = channels;
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    const std::string name = "encoder." + std::to_string(block);
    const std::int64_t out = config.hidden[block];
    list.convolution(residual ? name + ".down" : name, in, out, 4);
    if (residual) {
      list.convolution(name + ".conv", out, out, 3);
      list.convolution(name + ".shortcut", in, out, 1);
      list.batch_norm(name + ".norm", out);
    }
    in = out;
  }
  const std::int64_t flat = in * smallest_side(config) * smallest_side(config);
  list.layer("encoder.code", {config.latent, flat}, config.latent, static_cast<double>(flat));
  list.layer("decoder.code", {flat, config.latent}, flat, static_cast<double>(config.latent));
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    const std::string name = "decoder." + std::to_string(block);
    const std::int64_t out = block + 1 < config.hidden.size() ? config.hidden[config.hidden.size() - 2 - block] : channels;
    if (residual) list.convolution(name + ".conv", in, in, 3);
    list.transposed(residual ? name + ".up" : name, in, out);
    if (residual) list.convolution(name + ".shortcut", in, out, 1);
    in = out;
  }
  return list.take();
}

ConvolutionalParameters initial_convolutional(const DagmmConfig& config, int width, std::mt19937_64& random) {
  ConvolutionalParameters parameters;
  for (const ConvolutionalShape& shape : convolutional_shapes(config, width))
    parameters.push_back({shape.name, initial(shape, random), shape.kind != Kind::mean && shape.kind != Kind::variance});
  return parameters;
}

torch::Tensor convolutional_code(const ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, BatchNorm norm) {
  return encoder(Walk(parameters, 0, norm), config, x);
}

torch::Tensor convolutional_reconstruction(const ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& code, BatchNorm norm) {
  return decoder(Walk(parameters, decoder_begin(parameters), norm), config, code);
}

void fix_statistics(ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& x) {
  if (config.network != Network::residual) return;
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> sums, squares;
  for (std::int64_t begin = 0; begin < x.size(0); begin += config.batch) {
    const auto rows = x.slice(0, begin, std::min<std::int64_t>(begin + config.batch, x.size(0)));
    std::vector<std::pair<torch::Tensor, torch::Tensor>> moments;
    Walk walk(parameters, 0, BatchNorm::batch);
    walk.moments = &moments;
    encoder(walk, config, rows);
    sums.resize(moments.size(), torch::zeros({}, torch::kFloat64));
    squares.resize(moments.size(), torch::zeros({}, torch::kFloat64));
    const double share = static_cast<double>(rows.size(0)) / static_cast<double>(x.size(0));
    for (std::size_t i = 0; i < moments.size(); ++i) {
      const auto mean = moments[i].first.to(torch::kFloat64), variance = moments[i].second.to(torch::kFloat64);
      sums[i] = sums[i] + share * mean;
      squares[i] = squares[i] + share * (variance + mean.square());
    }
  }
  std::size_t i = 0;
  for (std::size_t n = 0; n < parameters.size(); ++n) {
    if (!parameters[n].name.ends_with(".running_mean")) continue;
    parameters[n].value.copy_(sums[i]);
    parameters[n + 1].value.copy_((squares[i] - sums[i].square()).clamp_min(0.0));
    ++i;
  }
}

}  // namespace auscult
