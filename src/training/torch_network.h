// The DAGMM's networks in libtorch, for gradient steps. Same names, shapes and arithmetic as the networks for scoring
// (model/network_shapes.h, nn::Network), but differentiable and in batches; a property test compares the two.
//
// During training, batch norm normalizes by the batch's statistics. Its stored statistics are those of the whole
// training set, computed once when the weights are final (fix_statistics), like the mixture's; scoring uses only these.
// Internal to the library (libtorch). Thread rule: free functions on values.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "auscult/error.h"
#include "model/network_shapes.h"
#include "model/preset.h"
#include "model/tensors.h"

namespace auscult {

/// One tensor of a network, as in a model file.
struct ConvolutionalTensor {
  std::string name;  ///< "encoder.0.weight"
  torch::Tensor value;
  bool trained = true;  ///< false: a statistic of batch norm, not changed by gradient steps
};

/// All of them, in network order. Empty for a dense network.
using ConvolutionalParameters = std::vector<ConvolutionalTensor>;

ConvolutionalParameters initial_convolutional(const DagmmConfig& config, int width, std::mt19937_64& random);

enum class BatchNorm { stored, batch };
/// x (N, width) to codes (N, latent), and back.
torch::Tensor convolutional_code(const ConvolutionalParameters& parameters, const DagmmConfig& config,
                                 const torch::Tensor& x, BatchNorm norm);
torch::Tensor convolutional_reconstruction(const ConvolutionalParameters& parameters, const DagmmConfig& config,
                                           const torch::Tensor& code, BatchNorm norm);

/// Stores batch norm's statistics over all rows of x, taken in batches as in training. No effect without batch norm.
void fix_statistics(ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& x);

struct LinearLayer {
  torch::Tensor weight;  ///< (outputs, inputs)
  torch::Tensor bias;    ///< (outputs)
};

/// Uniform within +-bound, the same on every platform.
double uniform_weight(double bound, std::mt19937_64& random);

/// The parameters changed by gradient steps, and the statistics of batch norm.
struct NetworkParameters {
  std::vector<LinearLayer> encoder, decoder, estimation;  ///< encoder and decoder are empty in convolutional networks
  ConvolutionalParameters convolutional;  ///< encoder and decoder of a convolutional network; else empty
  torch::Tensor whitening,
      unwhitening;  ///< (width, width) W and its inverse, with DagmmConfig::whitened; else undefined; not trained
  /// Uniform in +-1/sqrt(inputs), from `seed` alone; with single_precision rounded to it.
  static NetworkParameters initialised(const DagmmConfig& config, int width, std::uint64_t seed);
  /// The trained parameters.
  std::vector<torch::Tensor> tensors() const;
  NetworkParameters clone() const;
};

struct Encoded {
  torch::Tensor reconstruction;  ///< x', (N, width)
  torch::Tensor z;               ///< [z_c, z_r], (N, latent + 2), or z_c alone, (N, latent)
};
torch::Tensor activate(const torch::Tensor& x, Activation activation);
/// `training`: batch norm uses the batch's statistics instead of the stored ones.
Encoded encode(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
               bool training = false);

/// gamma (N, K). `generator` set: training, with dropout drawn from it; else evaluation, without dropout.
torch::Tensor estimate(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& z,
                       const c10::optional<at::Generator>& generator);

/// Sets W from the rows of x if the configuration says so. Errors: training_diverged.
Status fix_whitening(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x);
/// x with the configured noise and simulated faults, in units of whitened x. templates: (count, width).
torch::Tensor corrupt(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                      const torch::Tensor& templates, at::Generator generator);

/// Tensors as in a model file, with names relative to `prefix`.
void save_parameters(const NetworkParameters& parameters, const DagmmConfig& config, const std::string& prefix,
                     TensorMap& tensors);

NamedTensor to_named(const torch::Tensor& tensor, bool single = false);

/// Sets this thread's libtorch thread count and restores it on destruction. The setting is per thread.
class TorchThreads {
 public:
  explicit TorchThreads(int count);
  ~TorchThreads();
  TorchThreads(const TorchThreads&) = delete;
  TorchThreads& operator=(const TorchThreads&) = delete;

 private:
  int before_;
};

}  // namespace auscult
