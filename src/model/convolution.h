// Convolutions on square pictures as products of rows: each output pixel's neighborhood becomes a row. A transposed
// convolution is the same product in reverse. Internal to the library. Thread rule: immutable after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "layers.h"

namespace auscult::nn {

struct ConvolutionGeometry {
  std::int64_t in_channels = 1, out_channels = 1;
  std::int64_t in_side = 64;  ///< pixels
  std::int64_t kernel = 4, stride = 2, padding = 1;
  std::int64_t out_side() const { return (in_side + 2 * padding - kernel) / stride + 1; }
  std::int64_t in_size() const { return in_channels * in_side * in_side; }
  std::int64_t out_size() const { return out_channels * out_side() * out_side(); }
};

/// torch::conv2d. Weights are (out, in, kernel, kernel).
class Convolution final : public Layer {
 public:
  Convolution(const ConvolutionGeometry& geometry, std::span<const double> weights, std::span<const double> bias);
  std::int64_t inputs() const override { return geometry_.in_size(); }
  std::int64_t outputs() const override { return geometry_.out_size(); }
  void forward(std::span<const double> in, std::span<double> out) const override;
  void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                std::span<double> in_gradient) const override;
  const RowProduct& product() const { return product_; }

 private:
  ConvolutionGeometry geometry_;
  RowProduct product_;  // neighborhood (in x kernel x kernel) to output channels
};

/// torch::conv_transpose2d with kernel 4, stride 2, padding 1: twice the side. Weights are (in, out, 4, 4).
class TransposedConvolution final : public Layer {
 public:
  TransposedConvolution(std::int64_t in_channels, std::int64_t out_channels, std::int64_t in_side,
                        std::span<const double> weights, std::span<const double> bias);
  std::int64_t inputs() const override { return mirror_.out_size(); }
  std::int64_t outputs() const override { return mirror_.in_size(); }
  void forward(std::span<const double> in, std::span<double> out) const override;
  void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                std::span<double> in_gradient) const override;
  std::vector<double> weights() const;  ///< as passed to the constructor
  const std::vector<double>& bias() const { return bias_; }

 private:
  ConvolutionGeometry mirror_;  // of the reverse convolution
  RowProduct product_;          // input channels to neighborhood (out x kernel x kernel)
  std::vector<double> bias_;
};

/// Batch normalization with stored statistics: one gain and one shift per channel.
struct ChannelScale {
  std::vector<double> gain, shift;
  void apply(std::span<double> picture) const;
  void apply_to_gradient(std::span<double> picture) const;
};

}  // namespace auscult::nn
