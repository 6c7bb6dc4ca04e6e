// The DAGMM's networks in libtorch, for gradient steps. Same names, shapes and arithmetic as the networks for scoring
// (model/network_shapes.h, nn::Network), but differentiable and in batches; a property test compares the two.
//
// During training, batch norm normalizes by the batch's statistics. Its stored statistics are those of the whole
// training set, computed once when the weights are final (fix_statistics), like the mixture's; scoring uses only these.
// Internal to the library (libtorch). Thread rule: an object belongs to one thread.
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

/// Which statistics batch norm uses: the stored ones, or in training those of the batch.
enum class BatchNorm { stored, batch };

/// Encoder and decoder of a convolutional network; without tensors in a dense one.
class ConvolutionalNetwork {
 public:
  ConvolutionalNetwork() = default;
  ConvolutionalNetwork(const NetworkConfig& config, int width, std::mt19937_64& random);

  /// x (N, width) to codes (N, latent), and back.
  torch::Tensor code(const torch::Tensor& x, BatchNorm norm) const;
  torch::Tensor reconstruction(const torch::Tensor& code, BatchNorm norm) const;
  /// Stores batch norm's statistics over all rows of x, taken in batches as in training. No effect without batch norm.
  void fix_statistics(const torch::Tensor& x, int batch_size);
  ConvolutionalNetwork clone() const;
  /// In network order.
  const std::vector<ConvolutionalTensor>& tensors() const { return tensors_; }

 private:
  NetworkConfig config_;
  std::vector<ConvolutionalTensor> tensors_;
};

struct LinearLayer {
  torch::Tensor weight;  ///< (outputs, inputs)
  torch::Tensor bias;    ///< (outputs)
};

/// Uniform within +-bound, the same on every platform.
double uniform_weight(double bound, std::mt19937_64& random);

torch::Tensor activate(const torch::Tensor& x, Activation activation);

struct Encoded {
  torch::Tensor reconstruction;  ///< x', (N, width)
  torch::Tensor z;               ///< [z_c, z_r], (N, latent + 2), or z_c alone, (N, latent)
};

/// A DAGMM's networks: the trained parameters, batch norm's statistics and the whitening. A copy shares its tensors;
/// clone() does not.
struct TrainableNetwork {
  DagmmConfig config;
  std::vector<LinearLayer> encoder, decoder, estimation;  ///< encoder and decoder are empty in convolutional networks
  ConvolutionalNetwork convolutional;                     ///< encoder and decoder of those
  torch::Tensor whitening,
      unwhitening;  ///< (width, width) W and its inverse, with NetworkConfig::whitened; else undefined; not trained

  /// Weights drawn by config.schedule.initialization from `seed`; rounded to float32 with single_precision.
  static TrainableNetwork initialized(const DagmmConfig& config, int width, std::uint64_t seed);
  TrainableNetwork clone() const;
  /// The trained parameters.
  std::vector<torch::Tensor> tensors() const;

  /// x' and z of rows in their own units.
  Encoded encode(const torch::Tensor& x, BatchNorm norm = BatchNorm::stored) const;
  /// Rows in the network's metric, W x, and differences back from it; x itself if the network has no whitening.
  torch::Tensor to_metric(const torch::Tensor& x) const;
  torch::Tensor from_metric(const torch::Tensor& input) const;
  /// encode() with input and reconstruction in that metric: without products with W and its inverse, which take longer
  /// than the network.
  Encoded encode_input(const torch::Tensor& input, BatchNorm norm = BatchNorm::stored) const;
  /// gamma (N, K). `generator` set: training, with dropout drawn from it; else evaluation, without dropout.
  torch::Tensor estimate(const torch::Tensor& z, const c10::optional<at::Generator>& generator) const;

  /// Sets W from the rows of x if the configuration says so. Errors: training_diverged.
  Status fix_whitening(const torch::Tensor& x);
  /// ConvolutionalNetwork::fix_statistics in the configuration's batches.
  void fix_statistics(const torch::Tensor& x) { convolutional.fix_statistics(x, config.schedule.batch_size); }
  /// x with the configured noise and simulated faults, in units of whitened x. templates: (count, width).
  torch::Tensor corrupt(const torch::Tensor& x, const torch::Tensor& templates, at::Generator generator) const;
  /// The same for rows in the network's metric. directions: fault_directions(templates).
  torch::Tensor corrupt_input(const torch::Tensor& input, const torch::Tensor& directions,
                              at::Generator generator) const;
  /// Templates in the network's metric, each of length 1; undefined without templates.
  torch::Tensor fault_directions(const torch::Tensor& templates) const;

  /// Tensors as in a model file, with names relative to `prefix`.
  void save(const std::string& prefix, TensorMap& tensors) const;
};

/// Of a number in a model file.
enum class Precision { float64, float32 };
NamedTensor to_named(const torch::Tensor& tensor, Precision precision = Precision::float64);

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
