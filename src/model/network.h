// The networks of a DAGMM for scoring: encoder, decoder and estimation network, dense, convolutional or residual. Rows
// are independent: a row's bits are the same alone, in a batch, live and offline. Training has separate, differentiable
// versions (src/training); a property test compares the two. Internal to the library. Thread rule: immutable after
// construction; const methods from any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "layers.h"
#include "model/dagmm_config.h"
#include "model/tensors.h"

namespace auscult::nn {

class Network {
 public:
  /// Takes its tensors out of the map. Errors: model_damaged (missing, wrong shape, a negative variance).
  static Result<Network> restore(TensorMap& tensors, const std::string& prefix, const DagmmConfig& config, int width);
  /// Adds the original tensors to the map.
  void save(TensorMap& tensors, const std::string& prefix) const;

  /// Intermediate results of a pass through encoder and decoder, for backward().
  struct Pass {
    Sequence::Pass encoder, decoder;
    std::vector<double> output;  ///< rows x width: x', after the sigmoid and with the skip connection, if there are any
    std::vector<double> z;       ///< rows x z_width: [z_c, z_r]
  };
  /// input: rows x width, in the network's metric (whitened, if the configuration says so).
  Pass forward(std::span<const double> input) const;
  /// gradient: of z, rows x z_width. Returns the gradient with respect to the input.
  std::vector<double> backward(std::span<const double> input, const Pass& pass, std::span<const double> gradient) const;

  const NetworkConfig& config() const { return config_; }
  const Sequence& encoder() const { return encoder_; }
  const Sequence& decoder() const { return decoder_; }

  /// Responsibilities gamma of the estimation network, rows x K, without dropout.
  std::vector<double> estimate(std::span<const double> z) const;

 private:
  void reconstruction_features(const double* x, const double* y, double* features) const;
  // Adds the gradients of both features to those of x and y.
  void reconstruction_gradient(const double* x, const double* y, const double* gradient, double* x_gradient,
                               double* y_gradient) const;

  NetworkConfig config_;
  bool single_precision_ = false;
  std::size_t width_ = 0, z_width_ = 0;
  Sequence encoder_, decoder_, estimation_;
  TensorMap convolutional_;  // the tensors of a convolutional network, for save()
};

}  // namespace auscult::nn
