#include "torch_network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "torch_mixture.h"

namespace auscult {
namespace {

constexpr double kFirstAddition = 0.1;
using Kind = nn::TensorShape::Kind;
constexpr double kNormEpsilon = 1e-5;

// Returns tensors in the order of the shapes.
class Walk {
 public:
  Walk(const std::vector<ConvolutionalTensor>& tensors, std::size_t first, BatchNorm norm)
      : tensors_(tensors), next_(first), norm_(norm) {}
  const torch::Tensor& next() { return tensors_.at(next_++).value; }

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
    if (norm_ == BatchNorm::stored)
      return torch::batch_norm(x, gain, shift, mean, variance, false, 0.0, kNormEpsilon, false);
    if (moments) moments->push_back({x.mean({0, 2, 3}), x.var({0, 2, 3}, /*unbiased=*/false)});
    return torch::batch_norm(x, gain, shift, {}, {}, true, 0.0, kNormEpsilon, false);
  }

  std::vector<std::pair<torch::Tensor, torch::Tensor>>* moments =
      nullptr;  // of each batch norm in the pass, on request

 private:
  const std::vector<ConvolutionalTensor>& tensors_;
  std::size_t next_;
  BatchNorm norm_;
};

torch::Tensor encoder(Walk walk, const NetworkConfig& config, const torch::Tensor& rows) {
  torch::Tensor x = rows.reshape({rows.size(0), -1, kPatchSide, kPatchSide});
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    auto y = walk.convolution(x, 2, 1);
    if (config.kind == NetworkKind::residual) {
      y = walk.convolution(activate(y, config.activation), 1, 1);
      const auto shortcut = walk.convolution(x, 2, 0);
      y = y + walk.batch_norm(shortcut);
    }
    x = activate(y, config.activation);
  }
  return walk.linear(x.flatten(1));
}

torch::Tensor decoder(Walk walk, const NetworkConfig& config, const torch::Tensor& code) {
  const std::int64_t side = nn::smallest_side(config);
  torch::Tensor x =
      activate(walk.linear(code), config.activation).reshape({code.size(0), config.hidden.back(), side, side});
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    torch::Tensor y;
    if (config.kind == NetworkKind::residual) {
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
std::size_t decoder_begin(const std::vector<ConvolutionalTensor>& tensors) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [](const ConvolutionalTensor& t) { return t.name.starts_with("decoder."); });
  return static_cast<std::size_t>(found - tensors.begin());
}

torch::Tensor initial(const nn::TensorShape& shape, std::mt19937_64& random) {
  if (shape.kind == Kind::gain || shape.kind == Kind::variance) return torch::ones(shape.shape, torch::kFloat64);
  auto tensor = torch::zeros(shape.shape, torch::kFloat64);
  if (shape.kind != Kind::weights) return tensor;
  double* values = tensor.data_ptr<double>();
  for (std::int64_t n = 0; n < tensor.numel(); ++n) values[n] = uniform_weight(shape.bound, random);
  return tensor;
}

std::vector<LinearLayer> make_layers(const std::vector<int>& widths, Initialization initialization,
                                     std::mt19937_64& random) {
  const bool glorot = initialization == Initialization::glorot;
  std::vector<LinearLayer> layers;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const double inputs = widths[i], outputs = widths[i + 1];
    const double bound = glorot ? std::sqrt(6.0 / (inputs + outputs)) : 1.0 / std::sqrt(inputs);
    const auto draw = [&](torch::Tensor tensor) {
      double* values = tensor.data_ptr<double>();
      for (std::int64_t n = 0; n < tensor.numel(); ++n) values[n] = uniform_weight(bound, random);
      return tensor;
    };
    const auto weight = draw(torch::empty({widths[i + 1], widths[i]}, torch::kFloat64));
    layers.push_back({weight, glorot ? torch::zeros({widths[i + 1]}, torch::kFloat64)
                                     : draw(torch::empty({widths[i + 1]}, torch::kFloat64))});
  }
  return layers;
}

// Orthonormal rows, or columns if a layer is wider than its input: a random rotation, which keeps all distances that
// its width can represent.
void make_orthogonal(std::vector<LinearLayer>& encoder, std::vector<LinearLayer>& decoder) {
  for (std::size_t i = 0; i < encoder.size(); ++i) {
    torch::Tensor& weight = encoder[i].weight;
    const bool wider = weight.size(0) > weight.size(1);
    const auto q = std::get<0>(at::linalg_qr(wider ? weight : weight.t()));
    weight = (wider ? q : q.t()).contiguous();
    encoder[i].bias.zero_();
    LinearLayer& mirror = decoder[decoder.size() - 1 - i];
    mirror.weight = weight.t().contiguous();
    mirror.bias.zero_();
  }
}

// Hidden layers are activated, the last one is linear.
torch::Tensor run(const std::vector<LinearLayer>& layers, torch::Tensor x, Activation activation) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    x = torch::addmm(layers[i].bias, x, layers[i].weight.t());
    if (i + 1 < layers.size()) x = activate(x, activation);
  }
  return x;
}

torch::Tensor reconstruction_features(const torch::Tensor& x, const torch::Tensor& reconstruction,
                                      const NetworkConfig& config) {
  // The epsilons keep gradients finite for x = 0 and for a perfect reconstruction.
  const auto norm = (x.square().sum(1) + 1e-12).sqrt();
  const auto reconstruction_norm = (reconstruction.square().sum(1) + 1e-12).sqrt();
  const auto relative = ((x - reconstruction).square().sum(1) + 1e-12).sqrt() / norm;
  const auto cosine = (x * reconstruction).sum(1) / (norm * reconstruction_norm);
  if (!config.log_reconstruction) return torch::stack({relative, cosine}, 1);
  return torch::stack({(relative + 1e-6).log(), ((1.0 - cosine).clamp_min(0.0) + 1e-6).log()}, 1);
}

torch::Tensor inverse_of_lower(const torch::Tensor& lower) {
  return at::linalg_solve_triangular(lower, torch::eye(lower.size(0), lower.options()), /*upper=*/false).contiguous();
}

void save_layers(TensorMap& tensors, const std::string& prefix, const std::vector<LinearLayer>& layers,
                 Precision precision) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    tensors[prefix + "." + std::to_string(i) + ".weight"] = to_named(layers[i].weight, precision);
    tensors[prefix + "." + std::to_string(i) + ".bias"] = to_named(layers[i].bias, precision);
  }
}

}  // namespace

double uniform_weight(double bound, std::mt19937_64& random) {
  return bound * (2.0 * static_cast<double>(random() >> 11) * 0x1.0p-53 - 1.0);
}

ConvolutionalNetwork::ConvolutionalNetwork(const NetworkConfig& config, int width, std::mt19937_64& random)
    : config_(config) {
  for (const nn::TensorShape& shape : nn::convolutional_shapes(config, width))
    tensors_.push_back({shape.name, initial(shape, random), shape.kind != Kind::mean && shape.kind != Kind::variance});
}

torch::Tensor ConvolutionalNetwork::code(const torch::Tensor& x, BatchNorm norm) const {
  return encoder(Walk(tensors_, 0, norm), config_, x);
}

torch::Tensor ConvolutionalNetwork::reconstruction(const torch::Tensor& code, BatchNorm norm) const {
  return decoder(Walk(tensors_, decoder_begin(tensors_), norm), config_, code);
}

void ConvolutionalNetwork::fix_statistics(const torch::Tensor& x, int batch_size) {
  if (config_.kind != NetworkKind::residual) return;
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> sums, squares;
  for (std::int64_t begin = 0; begin < x.size(0); begin += batch_size) {
    const auto rows = x.slice(0, begin, std::min<std::int64_t>(begin + batch_size, x.size(0)));
    std::vector<std::pair<torch::Tensor, torch::Tensor>> moments;
    Walk walk(tensors_, 0, BatchNorm::batch);
    walk.moments = &moments;
    encoder(walk, config_, rows);
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
  for (std::size_t n = 0; n < tensors_.size(); ++n) {
    if (!tensors_[n].name.ends_with(".running_mean")) continue;
    tensors_[n].value.copy_(sums[i]);
    tensors_[n + 1].value.copy_((squares[i] - sums[i].square()).clamp_min(0.0));
    ++i;
  }
}

ConvolutionalNetwork ConvolutionalNetwork::clone() const {
  ConvolutionalNetwork copy = *this;
  for (ConvolutionalTensor& tensor : copy.tensors_) tensor.value = tensor.value.detach().clone();
  return copy;
}

TrainableNetwork TrainableNetwork::initialized(const DagmmConfig& config, int width, std::uint64_t seed) {
  const nn::LayerWidths widths = nn::layer_widths(config.network, width);
  std::mt19937_64 random(seed);
  TrainableNetwork network;
  network.config = config;
  if (config.network.kind == NetworkKind::dense) {
    network.encoder = make_layers(widths.encoder, config.schedule.initialization, random);
    network.decoder = make_layers(widths.decoder, config.schedule.initialization, random);
    if (config.schedule.initialization == Initialization::orthogonal) make_orthogonal(network.encoder, network.decoder);
    // The skip connection is a good reconstruction already: the code begins by adding little.
    if (config.network.skip_connection > 0.0) {
      network.decoder.back().weight.mul_(kFirstAddition);
      network.decoder.back().bias.zero_();
    }
  } else {
    network.convolutional = ConvolutionalNetwork(config.network, width, random);
  }
  network.estimation = make_layers(widths.estimation, config.schedule.initialization, random);
  if (config.schedule.single_precision)
    for (auto& tensor : network.tensors()) tensor.copy_(tensor.to(torch::kFloat32));
  return network;
}

std::vector<torch::Tensor> TrainableNetwork::tensors() const {
  std::vector<torch::Tensor> all;
  for (const auto* layers : {&encoder, &decoder, &estimation}) {
    for (const LinearLayer& layer : *layers) {
      all.push_back(layer.weight);
      all.push_back(layer.bias);
    }
  }
  for (const ConvolutionalTensor& tensor : convolutional.tensors())
    if (tensor.trained) all.push_back(tensor.value);
  return all;
}

TrainableNetwork TrainableNetwork::clone() const {
  TrainableNetwork copy;
  copy.config = config;
  const auto copy_layers = [](const std::vector<LinearLayer>& from, std::vector<LinearLayer>& to) {
    for (const LinearLayer& layer : from) to.push_back({layer.weight.detach().clone(), layer.bias.detach().clone()});
  };
  copy_layers(encoder, copy.encoder);
  copy_layers(decoder, copy.decoder);
  copy_layers(estimation, copy.estimation);
  copy.convolutional = convolutional.clone();
  copy.whitening = whitening;
  copy.unwhitening = unwhitening;
  return copy;
}

torch::Tensor activate(const torch::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::tanh:
      return torch::tanh(x);
    case Activation::relu:
      return torch::relu(x);
    case Activation::linear:
      break;
  }
  return x;
}

torch::Tensor TrainableNetwork::to_metric(const torch::Tensor& x) const {
  return config.network.whitened ? x.matmul(whitening.t()) : x;
}

torch::Tensor TrainableNetwork::from_metric(const torch::Tensor& input) const {
  return config.network.whitened ? input.matmul(unwhitening.t()) : input;
}

Encoded TrainableNetwork::encode(const torch::Tensor& x, BatchNorm norm) const {
  const Encoded encoded = encode_input(to_metric(x), norm);
  return {from_metric(encoded.reconstruction), encoded.z};
}

Encoded TrainableNetwork::encode_input(const torch::Tensor& input, BatchNorm norm) const {
  torch::Tensor code, output;
  if (config.network.kind == NetworkKind::dense) {
    code = run(encoder, input, config.network.activation);
    output = run(decoder, code, config.network.activation);
  } else {
    code = convolutional.code(input, norm);
    output = convolutional.reconstruction(code, norm);
  }
  if (config.network.sigmoid) output = torch::sigmoid(output);
  if (config.network.skip_connection > 0.0) output = output + config.network.skip_connection * input;
  return {output, config.network.reconstruction_features
                      ? torch::cat({code, reconstruction_features(input, output, config.network)}, 1)
                      : code};
}

torch::Tensor TrainableNetwork::estimate(const torch::Tensor& z, const c10::optional<at::Generator>& generator) const {
  torch::Tensor hidden = z;
  for (std::size_t i = 0; i < estimation.size(); ++i) {
    hidden = torch::addmm(estimation[i].bias, hidden, estimation[i].weight.t());
    if (i + 1 == estimation.size()) break;
    hidden = torch::tanh(hidden);
    if (generator && config.schedule.dropout > 0.0) {
      const double keep = 1.0 - config.schedule.dropout;
      hidden = hidden * (torch::empty_like(hidden).bernoulli_(keep, *generator) / keep);
    }
  }
  return torch::softmax(hidden, 1);
}

Status TrainableNetwork::fix_whitening(const torch::Tensor& x) {
  if (!config.network.whitened) return {};
  torch::NoGradGuard no_grad;
  AUSCULT_TRY_ASSIGN(const Whitening found, shrunk_whitening(x - x.mean(0)));
  whitening = found.matrix;
  unwhitening = inverse_of_lower(found.matrix);
  return {};
}

torch::Tensor TrainableNetwork::fault_directions(const torch::Tensor& templates) const {
  if (!templates.defined()) return {};
  torch::NoGradGuard no_grad;
  const auto inside = to_metric(templates);
  return inside / inside.square().sum(1, true).sqrt();
}

torch::Tensor TrainableNetwork::corrupt_input(const torch::Tensor& input, const torch::Tensor& directions,
                                              at::Generator generator) const {
  torch::NoGradGuard no_grad;
  // Single precision is enough for noise, and normal numbers take a fifth of the time.
  const auto single = input.options().dtype(torch::kFloat32);
  auto corrupted = torch::add(input, torch::randn(input.sizes(), generator, single), config.denoising.noise);
  if (config.denoising.faults > 0.0 && directions.defined()) {
    const auto drawn = torch::randint(directions.size(0), {input.size(0)}, generator, torch::kInt64);
    const auto lengths = config.denoising.faults * torch::rand({input.size(0), 1}, generator, single);
    corrupted.addcmul_(lengths.to(input.scalar_type()), directions.index_select(0, drawn).to(input.scalar_type()));
  }
  return corrupted;
}

torch::Tensor TrainableNetwork::corrupt(const torch::Tensor& x, const torch::Tensor& templates,
                                        at::Generator generator) const {
  torch::NoGradGuard no_grad;
  const auto zero = torch::zeros_like(x);
  return x + from_metric(corrupt_input(zero, fault_directions(templates), std::move(generator)));
}

void TrainableNetwork::save(const std::string& prefix, TensorMap& tensors) const {
  // With single_precision, the weights are numbers of that precision: nothing is lost.
  const Precision trained = config.schedule.single_precision ? Precision::float32 : Precision::float64;
  save_layers(tensors, prefix + "encoder", encoder, trained);
  save_layers(tensors, prefix + "decoder", decoder, trained);
  save_layers(tensors, prefix + "estimation", estimation, trained);
  for (const ConvolutionalTensor& tensor : convolutional.tensors())
    tensors[prefix + tensor.name] = to_named(tensor.value, tensor.trained ? trained : Precision::float64);
  if (config.network.whitened) tensors[prefix + "whitening"] = to_named(whitening);
}

NamedTensor to_named(const torch::Tensor& tensor, Precision precision) {
  const auto flat = tensor.contiguous();
  const double* values = flat.data_ptr<double>();
  return {tensor.sizes().vec(), std::vector<double>(values, values + flat.numel()), precision == Precision::float32};
}

TorchThreads::TorchThreads(int count) : before_(at::get_num_threads()) {
  if (before_ != count) at::set_num_threads(count);
}

TorchThreads::~TorchThreads() {
  if (at::get_num_threads() != before_) at::set_num_threads(before_);
}

}  // namespace auscult
