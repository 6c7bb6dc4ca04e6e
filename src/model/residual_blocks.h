// Blocks of the residual networks (model/network_shapes.h). Internal to the library. Thread rule: immutable after
// construction.
#pragma once

#include "convolution.h"

namespace auscult::nn {

/// act(conv(act(down(x))) + norm(shortcut(x))): half the side.
class ResidualBlock final : public Layer {
 public:
  ResidualBlock(Convolution down, Convolution conv, Convolution shortcut, ChannelScale norm, Activation activation)
      : down_(std::move(down)),
        conv_(std::move(conv)),
        shortcut_(std::move(shortcut)),
        norm_(std::move(norm)),
        activation_(activation) {}
  std::int64_t inputs() const override { return down_.inputs(); }
  std::int64_t outputs() const override { return conv_.outputs(); }
  void forward(std::span<const double> in, std::span<double> out) const override;
  void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                std::span<double> in_gradient) const override;

 private:
  std::vector<double> inner(std::span<const double> in) const;
  Convolution down_, conv_, shortcut_;
  ChannelScale norm_;
  Activation activation_;
};

/// act(up(act(conv(x))) + shortcut(upsample(x))): twice the side. `last`: the activation of the sum.
class ResidualUpBlock final : public Layer {
 public:
  ResidualUpBlock(Convolution conv, TransposedConvolution up, Convolution shortcut, std::int64_t side,
                  Activation activation, Activation last)
      : conv_(std::move(conv)),
        up_(std::move(up)),
        shortcut_(std::move(shortcut)),
        side_(side),
        activation_(activation),
        last_(last) {}
  std::int64_t inputs() const override { return conv_.inputs(); }
  std::int64_t outputs() const override { return up_.outputs(); }
  void forward(std::span<const double> in, std::span<double> out) const override;
  void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                std::span<double> in_gradient) const override;

 private:
  std::vector<double> inner(std::span<const double> in) const;
  Convolution conv_;
  TransposedConvolution up_;
  Convolution shortcut_;
  std::int64_t side_;  // of the input, in pixels
  Activation activation_, last_;
};

/// A layer followed by an activation.
class Activated final : public Layer {
 public:
  Activated(LayerPointer layer, Activation activation) : layer_(std::move(layer)), activation_(activation) {}
  std::int64_t inputs() const override { return layer_->inputs(); }
  std::int64_t outputs() const override { return layer_->outputs(); }
  void forward(std::span<const double> in, std::span<double> out) const override;
  void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                std::span<double> in_gradient) const override;

 private:
  LayerPointer layer_;
  Activation activation_;
};

}  // namespace auscult::nn
