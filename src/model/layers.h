// Layers of a network: rows in, rows out, and the gradient in reverse. A row of a convolutional layer is a picture,
// channel by channel and line by line. Internal to the library. Thread rule: immutable after construction; const
// methods from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/preset.h"
#include "row_kernels.h"

namespace auscult::nn {

class Layer {
 public:
  virtual ~Layer() = default;
  virtual std::int64_t inputs() const = 0;
  virtual std::int64_t outputs() const = 0;
  /// in: rows x inputs; out: rows x outputs.
  virtual void forward(std::span<const double> in, std::span<double> out) const = 0;
  /// The gradient with respect to `in`, given the gradient with respect to `out`, the result of forward() for `in`.
  virtual void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                        std::span<double> in_gradient) const = 0;
};

using LayerPointer = std::shared_ptr<const Layer>;

void activate(std::span<double> values, Activation activation);
/// gradient *= the activation's derivative, where `out` is the activation's result.
void activate_backward(std::span<const double> out, Activation activation, std::span<double> gradient);

/// A fully connected layer, activated.
class DenseLayer final : public Layer {
 public:
  DenseLayer(RowProduct product, Activation activation) : product_(std::move(product)), activation_(activation) {}
  std::int64_t inputs() const override { return product_.inputs(); }
  std::int64_t outputs() const override { return product_.outputs(); }
  void forward(std::span<const double> in, std::span<double> out) const override;
  void backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                std::span<double> in_gradient) const override;
  const RowProduct& product() const { return product_; }
  Activation activation() const { return activation_; }

 private:
  RowProduct product_;
  Activation activation_;
};

/// A sequence of layers.
class Sequence {
 public:
  void append(LayerPointer layer) { layers_.push_back(std::move(layer)); }
  const std::vector<LayerPointer>& layers() const { return layers_; }

  /// Each layer's output, first to last; empty without layers.
  using Pass = std::vector<std::vector<double>>;
  Pass forward(std::span<const double> in) const;
  /// The gradient with respect to `in`.
  std::vector<double> backward(std::span<const double> in, const Pass& pass, std::span<const double> gradient) const;

 private:
  std::vector<LayerPointer> layers_;
};

}  // namespace auscult::nn
