#include "dagmm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <random>
#include <utility>

namespace auscult {
namespace {

constexpr std::int64_t kChunk = 4096;
constexpr double kFirstAddition = 0.1;

// Rows at a time through a network over a whole training set: bounds memory where rows, or what lies between layers, are large.
std::int64_t rows_at_once(const DagmmConfig& config, std::int64_t width) {
  return has_covariance(config, static_cast<int>(width)) ? kChunk : 64;
}

std::vector<LinearLayer> make_layers(const std::vector<int>& widths, bool glorot, std::mt19937_64& random) {
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
    layers.push_back({weight, glorot ? torch::zeros({widths[i + 1]}, torch::kFloat64) : draw(torch::empty({widths[i + 1]}, torch::kFloat64))});
  }
  return layers;
}

int z_width(const DagmmConfig& config) { return config.latent + (config.reconstruction_features ? 2 : 0); }

// Orthonormal rows, or columns where a layer is wider than its input: a random rotation, which keeps every distance that its
// width can hold.
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

struct Widths {
  std::vector<int> encoder, decoder, estimation;
};

Widths widths_of(const DagmmConfig& config, int width) {
  Widths widths;
  widths.encoder = {width};
  widths.encoder.insert(widths.encoder.end(), config.hidden.begin(), config.hidden.end());
  widths.encoder.push_back(config.latent);
  widths.decoder.assign(widths.encoder.rbegin(), widths.encoder.rend());
  widths.estimation = {z_width(config)};
  widths.estimation.insert(widths.estimation.end(), config.estimation.begin(), config.estimation.end());
  widths.estimation.push_back(config.components);
  return widths;
}

// Hidden layers are activated, the last one is linear.
torch::Tensor run(const std::vector<LinearLayer>& layers, torch::Tensor x, Activation activation) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    x = torch::addmm(layers[i].bias, x, layers[i].weight.t());
    if (i + 1 < layers.size()) x = activate(x, activation);
  }
  return x;
}

torch::Tensor reconstruction_features(const torch::Tensor& x, const torch::Tensor& reconstruction, bool logarithm) {
  // The epsilons keep gradients finite for x = 0 and for a perfect reconstruction.
  const auto norm = (x.square().sum(1) + 1e-12).sqrt();
  const auto reconstruction_norm = (reconstruction.square().sum(1) + 1e-12).sqrt();
  const auto relative = ((x - reconstruction).square().sum(1) + 1e-12).sqrt() / norm;
  const auto cosine = (x * reconstruction).sum(1) / (norm * reconstruction_norm);
  if (!logarithm) return torch::stack({relative, cosine}, 1);
  return torch::stack({(relative + 1e-6).log(), ((1.0 - cosine).clamp_min(0.0) + 1e-6).log()}, 1);
}

// z of every row; the residuals too, where something is to be made of them.
torch::Tensor collect_z(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, torch::Tensor& residuals) {
  std::vector<torch::Tensor> codes, differences;
  const std::int64_t step = rows_at_once(config, x.size(1));
  const bool keep_residuals = has_covariance(config, static_cast<int>(x.size(1)));
  for (std::int64_t begin = 0; begin < x.size(0); begin += step) {
    const auto rows = x.slice(0, begin, std::min(begin + step, x.size(0)));
    const Encoded encoded = encode(parameters, config, rows);
    codes.push_back(encoded.z);
    if (keep_residuals) differences.push_back(rows - encoded.reconstruction);
  }
  if (keep_residuals) residuals = torch::cat(differences);
  return torch::cat(codes);
}

// Row by row: the kernels of convolutions choose their way by the number of rows, and a row alone depends on nothing else.
// Rows beyond `count` are left zero.
Encoded encode_rows(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, std::int64_t count) {
  Encoded all{torch::zeros_like(x), torch::zeros({x.size(0), z_width(config)}, x.options())};
  for (std::int64_t row = 0; row < count; ++row) {
    const Encoded one = encode(parameters, config, x.slice(0, row, row + 1));
    all.reconstruction.slice(0, row, row + 1).copy_(one.reconstruction);
    all.z.slice(0, row, row + 1).copy_(one.z);
  }
  return all;
}

Result<Mixture> fix_mixture(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& z, std::uint64_t seed) {
  if (config.em_steps == 0) {
    MixtureStatistics statistics(config.components, z.size(1));
    for (std::int64_t begin = 0; begin < z.size(0); begin += kChunk) {
      const auto rows = z.slice(0, begin, std::min(begin + kChunk, z.size(0)));
      statistics.add(rows, estimate(parameters, config, rows, c10::nullopt));
    }
    return statistics.moments(config.ridge);
  }
  // EM starts from k-means, not from the estimation network: responsibilities of an untrained network are nearly uniform,
  // and the trained model and its untrained control must differ in nothing but the gradient steps.
  std::optional<EmResult> best;
  for (int start = 0; start < config.em_starts; ++start) {
    MixtureStatistics statistics(config.components, z.size(1));
    statistics.add(z, kmeans_responsibilities(z, config.components, seed + static_cast<std::uint64_t>(start), start == 0 ? kSteadyStarts : 1));
    AUSCULT_TRY_ASSIGN(EmResult em, expectation_maximisation(z, statistics.moments(config.ridge), config.em_steps, config.ridge));
    if (!best || em.log_likelihood > best->log_likelihood) best = std::move(em);
  }
  return best->mixture;
}

torch::Tensor inverse_of_lower(const torch::Tensor& lower) {
  return at::linalg_solve_triangular(lower, torch::eye(lower.size(0), lower.options()), /*upper=*/false).contiguous();
}

NamedTensor to_named(const torch::Tensor& tensor, bool single = false) {
  const auto flat = tensor.contiguous();
  const double* values = flat.data_ptr<double>();
  return {tensor.sizes().vec(), std::vector<double>(values, values + flat.numel()), single};
}

Result<torch::Tensor> take(TensorMap& tensors, const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto found = tensors.find(name);
  const auto wrong = [&](const char* why) {
    return fail(ErrorCode::model_damaged, "the model file is damaged: tensor " + name + " " + why, {}, "train again, or restore the file from a copy");
  };
  if (found == tensors.end()) return wrong("is missing");
  if (found->second.shape != shape) return wrong("has another shape than the preset says");
  auto tensor = torch::empty(shape, torch::kFloat64);
  std::copy(found->second.values.begin(), found->second.values.end(), tensor.data_ptr<double>());
  tensors.erase(found);
  return tensor;
}

Status take_layers(TensorMap& tensors, const std::string& prefix, const std::vector<int>& widths, std::vector<LinearLayer>& layers) {
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    LinearLayer layer;
    const std::string name = prefix + "." + std::to_string(i);
    AUSCULT_TRY_ASSIGN(layer.weight, take(tensors, name + ".weight", {widths[i + 1], widths[i]}));
    AUSCULT_TRY_ASSIGN(layer.bias, take(tensors, name + ".bias", {widths[i + 1]}));
    layers.push_back(std::move(layer));
  }
  return {};
}

void save_layers(TensorMap& tensors, const std::string& prefix, const std::vector<LinearLayer>& layers, bool single) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    tensors[prefix + "." + std::to_string(i) + ".weight"] = to_named(layers[i].weight, single);
    tensors[prefix + "." + std::to_string(i) + ".bias"] = to_named(layers[i].bias, single);
  }
}

Status take_convolutional(TensorMap& tensors, const std::string& prefix, const DagmmConfig& config, int width, ConvolutionalParameters& parameters) {
  using Kind = ConvolutionalShape::Kind;
  for (const ConvolutionalShape& shape : convolutional_shapes(config, width)) {
    ConvolutionalTensor& tensor = parameters.emplace_back();
    tensor.name = shape.name;
    tensor.trained = shape.kind != Kind::mean && shape.kind != Kind::variance;
    AUSCULT_TRY_ASSIGN(tensor.value, take(tensors, prefix + shape.name, shape.shape));
    if (shape.kind == Kind::variance && (tensor.value < 0).any().item<bool>())
      return fail(ErrorCode::model_damaged, "the model file is damaged: tensor " + prefix + shape.name + " holds a negative variance", {}, "train again, or restore the file from a copy");
  }
  return {};
}

}  // namespace

double uniform_weight(double bound, std::mt19937_64& random) {
  return bound * (2.0 * static_cast<double>(random() >> 11) * 0x1.0p-53 - 1.0);
}

NetworkParameters NetworkParameters::initialised(const DagmmConfig& config, int width, std::uint64_t seed) {
  const Widths widths = widths_of(config, width);
  std::mt19937_64 random(seed);
  NetworkParameters parameters;
  if (config.network == Network::dense) {
    parameters.encoder = make_layers(widths.encoder, config.glorot, random);
    parameters.decoder = make_layers(widths.decoder, config.glorot, random);
    if (config.orthogonal) make_orthogonal(parameters.encoder, parameters.decoder);
    if (config.shortcut > 0.0) {  // the shortcut is a good reconstruction already: the code begins by adding little
      parameters.decoder.back().weight.mul_(kFirstAddition);
      parameters.decoder.back().bias.zero_();
    }
  } else {
    parameters.convolutional = initial_convolutional(config, width, random);
  }
  parameters.estimation = make_layers(widths.estimation, config.glorot, random);
  if (config.single_precision)
    for (auto& tensor : parameters.tensors()) tensor.copy_(tensor.to(torch::kFloat32));
  return parameters;
}

std::vector<torch::Tensor> NetworkParameters::tensors() const {
  std::vector<torch::Tensor> all;
  for (const auto* layers : {&encoder, &decoder, &estimation}) {
    for (const LinearLayer& layer : *layers) {
      all.push_back(layer.weight);
      all.push_back(layer.bias);
    }
  }
  for (const ConvolutionalTensor& tensor : convolutional)
    if (tensor.trained) all.push_back(tensor.value);
  return all;
}

NetworkParameters NetworkParameters::clone() const {
  NetworkParameters copy;
  const auto copy_layers = [](const std::vector<LinearLayer>& from, std::vector<LinearLayer>& to) {
    for (const LinearLayer& layer : from) to.push_back({layer.weight.detach().clone(), layer.bias.detach().clone()});
  };
  copy_layers(encoder, copy.encoder);
  copy_layers(decoder, copy.decoder);
  copy_layers(estimation, copy.estimation);
  for (const ConvolutionalTensor& tensor : convolutional) copy.convolutional.push_back({tensor.name, tensor.value.detach().clone(), tensor.trained});
  copy.whitening = whitening;
  copy.unwhitening = unwhitening;
  return copy;
}

torch::Tensor activate(const torch::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::tanh: return torch::tanh(x);
    case Activation::relu: return torch::relu(x);
    case Activation::linear: break;
  }
  return x;
}

Encoded encode(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, bool training) {
  const auto input = config.whitened ? x.matmul(parameters.whitening.t()) : x;
  torch::Tensor code, output;
  if (config.network == Network::dense) {
    code = run(parameters.encoder, input, config.activation);
    output = run(parameters.decoder, code, config.activation);
  } else {
    const BatchNorm norm = training ? BatchNorm::batch : BatchNorm::stored;
    code = convolutional_code(parameters.convolutional, config, input, norm);
    output = convolutional_reconstruction(parameters.convolutional, config, code, norm);
  }
  if (config.sigmoid) output = torch::sigmoid(output);
  if (config.shortcut > 0.0) output = output + config.shortcut * input;
  const auto z = config.reconstruction_features ? torch::cat({code, reconstruction_features(input, output, config.log_reconstruction)}, 1) : code;
  return {config.whitened ? output.matmul(parameters.unwhitening.t()) : output, z};
}

torch::Tensor estimate(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& z,
                       const c10::optional<at::Generator>& generator) {
  torch::Tensor hidden = z;
  for (std::size_t i = 0; i < parameters.estimation.size(); ++i) {
    hidden = torch::addmm(parameters.estimation[i].bias, hidden, parameters.estimation[i].weight.t());
    if (i + 1 == parameters.estimation.size()) break;
    hidden = torch::tanh(hidden);
    if (generator && config.dropout > 0.0) {
      const double keep = 1.0 - config.dropout;
      hidden = hidden * (torch::empty_like(hidden).bernoulli_(keep, *generator) / keep);
    }
  }
  return torch::softmax(hidden, 1);
}

Result<MixtureTerms> mixture_terms(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& z,
                                   const c10::optional<at::Generator>& generator) {
  // Covariances of a collapsing component need double precision, also where the networks run in single.
  const auto gamma = estimate(parameters, config, z, generator).to(torch::kFloat64);
  const auto wide = z.to(torch::kFloat64);
  const Mixture mixture = mixture_moments(wide, gamma, config.ridge);
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(mixture.sigma, config.ridge));
  return MixtureTerms{sample_energy(wide, mixture.phi, mixture.mu, factors.lower).mean(),
                      mixture.sigma.diagonal(0, -2, -1).reciprocal().sum(), factors.escalations, mixture.phi.min().item<double>()};
}

Result<Objective> objective(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                            const c10::optional<at::Generator>& generator) {
  return denoising_objective(parameters, config, x, x, generator);
}

Result<Objective> denoising_objective(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                                      const torch::Tensor& corrupted, const c10::optional<at::Generator>& generator) {
  const Encoded encoded = encode(parameters, config, corrupted, generator.has_value());
  const auto error = x - encoded.reconstruction;
  const auto reconstruction = (config.whitened ? error.matmul(parameters.whitening.t()) : error).square().sum(1).mean();
  Objective result;
  result.total = reconstruction;
  result.reconstruction = reconstruction.item<double>();
  if (config.lambda_energy == 0.0 && config.lambda_covariance == 0.0) return result;  // the mixture does not shape the code
  const auto z = corrupted.is_same(x) ? encoded.z : encode(parameters, config, x, generator.has_value()).z;
  AUSCULT_TRY_ASSIGN(const MixtureTerms terms, mixture_terms(parameters, config, z, generator));
  result.total = reconstruction + config.lambda_energy * terms.energy + config.lambda_covariance * terms.covariance;
  result.energy = terms.energy.item<double>();
  result.covariance = terms.covariance.item<double>();
  result.escalations = terms.escalations;
  result.smallest_phi = terms.smallest_phi;
  return result;
}

Status fix_whitening(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x) {
  if (!config.whitened) return {};
  torch::NoGradGuard no_grad;
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(x - x.mean(0)));
  parameters.whitening = whitening.matrix;
  parameters.unwhitening = inverse_of_lower(whitening.matrix);
  return {};
}

torch::Tensor corrupt(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, const torch::Tensor& templates,
                      at::Generator generator) {
  torch::NoGradGuard no_grad;
  auto added = config.noise * torch::randn(x.sizes(), generator, x.options());
  if (config.faults > 0.0 && templates.defined()) {
    const auto whitened = templates.index_select(0, torch::randint(templates.size(0), {x.size(0)}, generator, torch::kInt64)).matmul(parameters.whitening.t());
    const auto lengths = config.faults * torch::rand({x.size(0), 1}, generator, x.options());
    added = added + lengths * whitened / whitened.square().sum(1, true).sqrt();
  }
  return x + added.matmul(parameters.unwhitening.t());
}

TorchThreads::TorchThreads(int count) : before_(at::get_num_threads()) {
  if (before_ != count) at::set_num_threads(count);
}

TorchThreads::~TorchThreads() {
  if (at::get_num_threads() != before_) at::set_num_threads(before_);
}

Result<std::shared_ptr<const Dagmm>> Dagmm::fit(NetworkParameters parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed,
                                                 std::span<const double> templates) {
  torch::NoGradGuard no_grad;
  std::shared_ptr<Dagmm> model(new Dagmm);
  model->config_ = config;
  model->width_ = static_cast<int>(x.size(1));
  torch::Tensor residuals;
  const auto z = collect_z(parameters, config, x, residuals);
  if (!torch::isfinite(z).all().item<bool>()) return fail(ErrorCode::training_diverged, "the network gives non-finite codes", {}, "lower the learning rate in the preset");
  AUSCULT_TRY_ASSIGN(model->mixture_, fix_mixture(parameters, config, z, seed));
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(model->mixture_.sigma, config.ridge));
  model->lower_ = factors.lower.contiguous();
  model->parameters_ = std::move(parameters);
  if (!residuals.defined()) return std::shared_ptr<const Dagmm>(std::move(model));
  model->residual_mean_ = residuals.mean(0);
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(residuals - model->residual_mean_));
  model->residual_whitening_ = whitening.matrix;
  model->residual_constant_ = 0.5 * (whitening.log_determinant + static_cast<double>(x.size(1)) * std::log(2.0 * std::numbers::pi));
  model->aim_at(templates);
  return std::shared_ptr<const Dagmm>(std::move(model));
}

void Dagmm::aim_at(std::span<const double> templates) {
  if (templates.empty()) return;
  const auto rows = torch::from_blob(const_cast<double*>(templates.data()), {static_cast<std::int64_t>(templates.size()) / width_, width_}, torch::kFloat64);
  const auto whitened = rows.matmul(residual_whitening_.t());
  directions_ = (whitened / whitened.square().sum(1, true).sqrt()).t().contiguous();
}

// log of the Bayes factor of "one of the faults has been added" against "normal" for a whitened residual: the amplitude of a
// fault is half-normal with kFaultAmplitude standard deviations of what is normal along its direction, every template is
// equally likely. A chi-square of all directions asks for any difference; a fault is a difference of a certain kind.
torch::Tensor Dagmm::contrast(const torch::Tensor& whitened_residual) const {
  constexpr double kFaultAmplitude = 3.0;
  constexpr double kShare = kFaultAmplitude * kFaultAmplitude / (1.0 + kFaultAmplitude * kFaultAmplitude);
  const auto match = whitened_residual.matmul(directions_).clamp_min(0.0);
  return torch::logsumexp(0.5 * kShare * match.square(), 1) - std::log(static_cast<double>(directions_.size(1)));
}

void Dagmm::energies(std::span<const double> block, std::span<Energies> out) const {
  thread_local const bool one_thread = [] {
    at::set_num_threads(1);  // other counts would split reductions differently, and spike
    return true;
  }();
  (void)one_thread;
  c10::InferenceMode inference;
  // The blob is only read; from_blob has no const form.
  const auto x = torch::from_blob(const_cast<double*>(block.data()), {kBlockRows, width_}, torch::kFloat64);
  const bool dense = config_.network == Network::dense;
  const Encoded encoded = dense ? encode(parameters_, config_, x) : encode_rows(parameters_, config_, x, static_cast<std::int64_t>(out.size()));
  const auto energy = sample_energy(encoded.z, mixture_.phi, mixture_.mu, lower_);
  if (!residual_whitening_.defined()) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {energy.data_ptr<double>()[i], kNone, kNone, kNone};
    return;
  }
  const auto residual = x - encoded.reconstruction - residual_mean_;
  const auto whitened = residual.matmul(residual_whitening_.t());
  const auto residual_energy = 0.5 * whitened.square().sum(1) + residual_constant_;
  const auto evidence = directions_.defined() ? contrast(whitened) : torch::zeros_like(energy);
  const double* e = energy.data_ptr<double>();
  const double* r = residual_energy.data_ptr<double>();
  const double* c = evidence.data_ptr<double>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {e[i], e[i] + r[i], c[i]};
}

void Dagmm::save(TensorMap& tensors, const std::string& prefix) const {
  const bool single = config_.single_precision;  // the weights are numbers of that precision: nothing is lost
  save_layers(tensors, prefix + "encoder", parameters_.encoder, single);
  save_layers(tensors, prefix + "decoder", parameters_.decoder, single);
  save_layers(tensors, prefix + "estimation", parameters_.estimation, single);
  for (const ConvolutionalTensor& tensor : parameters_.convolutional) tensors[prefix + tensor.name] = to_named(tensor.value, single && tensor.trained);
  if (config_.whitened) tensors[prefix + "whitening"] = to_named(parameters_.whitening);
  tensors[prefix + "mixture.phi"] = to_named(mixture_.phi);
  tensors[prefix + "mixture.mu"] = to_named(mixture_.mu);
  tensors[prefix + "mixture.sigma"] = to_named(mixture_.sigma);
  tensors[prefix + "mixture.cholesky"] = to_named(lower_);
  if (!residual_whitening_.defined()) return;
  tensors[prefix + "residual.mean"] = to_named(residual_mean_);
  tensors[prefix + "residual.whitening"] = to_named(residual_whitening_);
  tensors[prefix + "residual.constant"] = {{1}, {residual_constant_}};
}

Result<std::shared_ptr<const Dagmm>> Dagmm::restore(TensorMap& tensors, const std::string& prefix, const DagmmConfig& config, int width,
                                                     std::span<const double> templates) {
  torch::NoGradGuard no_grad;
  std::shared_ptr<Dagmm> model(new Dagmm);
  model->config_ = config;
  model->width_ = width;
  const Widths widths = widths_of(config, width);
  if (config.network == Network::dense) {
    AUSCULT_TRY(take_layers(tensors, prefix + "encoder", widths.encoder, model->parameters_.encoder));
    AUSCULT_TRY(take_layers(tensors, prefix + "decoder", widths.decoder, model->parameters_.decoder));
  } else {
    AUSCULT_TRY(take_convolutional(tensors, prefix, config, width, model->parameters_.convolutional));
  }
  AUSCULT_TRY(take_layers(tensors, prefix + "estimation", widths.estimation, model->parameters_.estimation));
  if (config.whitened) {
    auto& whitening = model->parameters_.whitening;
    AUSCULT_TRY_ASSIGN(whitening, take(tensors, prefix + "whitening", {width, width}));
    if (!torch::equal(whitening, whitening.tril()) || !(whitening.diagonal() > 0).all().item<bool>())
      return fail(ErrorCode::model_damaged, "the model file is damaged: tensor " + prefix + "whitening is not the inverse of a Cholesky factor", {}, "train again, or restore the file from a copy");
    model->parameters_.unwhitening = inverse_of_lower(whitening);
  }
  const std::int64_t k = config.components, d = z_width(config);
  AUSCULT_TRY_ASSIGN(model->mixture_.phi, take(tensors, prefix + "mixture.phi", {k}));
  AUSCULT_TRY_ASSIGN(model->mixture_.mu, take(tensors, prefix + "mixture.mu", {k, d}));
  AUSCULT_TRY_ASSIGN(model->mixture_.sigma, take(tensors, prefix + "mixture.sigma", {k, d, d}));
  AUSCULT_TRY_ASSIGN(model->lower_, take(tensors, prefix + "mixture.cholesky", {k, d, d}));
  if (has_covariance(config, width)) {
    AUSCULT_TRY_ASSIGN(model->residual_mean_, take(tensors, prefix + "residual.mean", {width}));
    AUSCULT_TRY_ASSIGN(model->residual_whitening_, take(tensors, prefix + "residual.whitening", {width, width}));
    AUSCULT_TRY_ASSIGN(const torch::Tensor constant, take(tensors, prefix + "residual.constant", {1}));
    model->residual_constant_ = constant.item<double>();
    model->aim_at(templates);
  }

  // The factor is kept so that scores are bit-identical; it must be the factor of a covariance all the same.
  const auto& mixture = model->mixture_;
  const bool weights_ok = (mixture.phi > 0).all().item<bool>() && std::abs(mixture.phi.sum().item<double>() - 1.0) < 1e-6;
  const bool factor_ok = torch::allclose(model->lower_.matmul(model->lower_.transpose(1, 2)), mixture.sigma, 1e-6, 1e-9) &&
                         (model->lower_.diagonal(0, -2, -1) > 0).all().item<bool>() && torch::equal(model->lower_, model->lower_.tril());
  if (!weights_ok || !factor_ok)
    return fail(ErrorCode::model_damaged, "the model file is damaged: the mixture in " + prefix + " is not a density", {}, "train again, or restore the file from a copy");
  return std::shared_ptr<const Dagmm>(std::move(model));
}

}  // namespace auscult
