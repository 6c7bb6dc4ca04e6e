// Convolutional encoders and decoders on 64 x 64 inputs of one or more channels, for DAGMM: a row of channels x 64 x 64
// values, channel by channel and line by line, becomes a code and is reconstructed from it.
//
// conv      encoder: for each width of DagmmConfig::hidden a 4x4 convolution, stride 2, padding 1 (each halves the side: 64 ->
//           32 -> 16 -> 8 -> 4), activated; a linear code. Decoder: a linear layer, activated, and the mirrored transposed
//           convolutions, activated but for the last.
// residual  block of the encoder: act(conv3x3(act(conv4x4 stride 2(x))) + batch_norm(conv1x1 stride 2(x))) after He et al.
//           2016; of the decoder: act(transposed conv4x4 stride 2(act(conv3x3(x))) + conv1x1(upsample(x))), upsampling to the
//           nearest; the last one not activated.
//
// Batch norm normalises by the batch's statistics while training. Its stored statistics are those of the whole training set,
// taken once when the weights are final (fix_statistics), like the mixture's: scoring uses them alone.
// Internal to the module (libtorch). Thread rule: free functions on values.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/preset.h"

namespace auscult {

/// One tensor of a network, as it stands in a model file.
struct ConvolutionalTensor {
  std::string name;     ///< "encoder.0.weight"
  torch::Tensor value;
  bool trained = true;  ///< false: a statistic of batch norm, which no gradient step changes
};

/// All of them in the order in which the network is walked. Empty for a dense network.
using ConvolutionalParameters = std::vector<ConvolutionalTensor>;

/// What each tensor must look like.
struct ConvolutionalShape {
  enum class Kind { weights, gain, shift, mean, variance };
  std::string name;
  std::vector<std::int64_t> shape;
  Kind kind = Kind::weights;
  double bound = 0.0;  ///< weights start uniform within +-bound: 1 / sqrt(values that one output is made of)
};
std::vector<ConvolutionalShape> convolutional_shapes(const DagmmConfig& config, int width);

ConvolutionalParameters initial_convolutional(const DagmmConfig& config, int width, std::mt19937_64& random);

enum class BatchNorm { stored, batch };
/// x (N, width) to codes (N, latent), and back.
torch::Tensor convolutional_code(const ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, BatchNorm norm);
torch::Tensor convolutional_reconstruction(const ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& code, BatchNorm norm);

/// Stores batch norm's statistics over all rows of x, taken in batches as in training. Without batch norm: does nothing.
void fix_statistics(ConvolutionalParameters& parameters, const DagmmConfig& config, const torch::Tensor& x);

}  // namespace auscult
