// Which tensors a DAGMM's networks have, by name and shape, in the order in which a sample meets them: what training
// initializes, a model file holds and scoring reads. Dense encoders and decoders are encoder.N and decoder.N;
// convolutional ones take a picture of 64 x 64 values and one or more channels (NetworkKind in dagmm_config.h):
//
// conv      encoder: for each width of NetworkConfig::hidden a 4x4 convolution, stride 2, padding 1 (each halves the
// side: 64 ->
//           32 -> 16 -> 8 -> 4), activated; a linear code. Decoder: a linear layer, activated, and the mirrored
//           transposed convolutions, activated but for the last.
// residual  block of the encoder: act(conv3x3(act(conv4x4 stride 2(x))) + batch_norm(conv1x1 stride 2(x))) after He et
// al.
//           2016; of the decoder: act(transposed conv4x4 stride 2(act(conv3x3(x))) + conv1x1(upsample(x))), upsampling
//           to the nearest; the last one is not activated.
// Thread rule: free functions on values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/dagmm_config.h"

namespace auscult::nn {

struct TensorShape {
  enum class Kind { weights, gain, shift, mean, variance };
  std::string name;                 ///< "encoder.0.weight"
  std::vector<std::int64_t> shape;  ///< weights of a dense layer: (outputs, inputs)
  Kind kind = Kind::weights;
  double bound = 0.0;  ///< weights start uniform within +-bound: 1 / sqrt(values that one output is made of)
};

/// Encoder and decoder of a convolutional network. width: channels x 64 x 64.
std::vector<TensorShape> convolutional_shapes(const NetworkConfig& config, int width);

/// Widths of the dense layers, input first.
struct LayerWidths {
  std::vector<int> encoder, decoder;  ///< of a dense network
  std::vector<int> estimation;        ///< z to components
};
LayerWidths layer_widths(const NetworkConfig& config, int width);

/// Values in z: the code, and the two reconstruction features where the configuration has them.
int z_width(const NetworkConfig& config);

/// Side of the picture between the convolutions and the code.
std::int64_t smallest_side(const NetworkConfig& config);

}  // namespace auscult::nn
