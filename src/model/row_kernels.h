// The arithmetic of every network: products of rows with a matrix, exponentials and hyperbolic tangents, in double
// or single precision. Each output is a sum in one fixed order (bias first, inputs ascending), vectorized over outputs,
// so that a row's bits depend only on the row: not on how many rows are evaluated together, nor on the processor's
// vector width, since every width does the same operations in the same order (docs/decisions/row-wise-kernels.md).
// Internal to the library. Thread rule: immutable after construction; const methods from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/vector_width.h"

namespace auscult::nn {

/// y = x W' + b for rows x, with W (outputs, inputs). Scalar: double or float.
template <class Scalar>
class BasicRowProduct {
 public:
  /// Zeros at the beginning and the end of the weights of eight (float: sixteen) neighboring outputs, as in triangular
  /// matrices and bands.
  enum class Zeros {
    skipped,  ///< they add nothing to a product
    kept,     ///< for squared_distances()
  };

  BasicRowProduct() = default;
  /// weights: outputs x inputs, row-major; rounded to Scalar. bias: outputs, or empty for none.
  BasicRowProduct(std::int64_t outputs, std::int64_t inputs, std::span<const double> weights,
                  std::span<const double> bias = {}, Zeros zeros = Zeros::skipped);

  std::int64_t outputs() const { return outputs_; }
  std::int64_t inputs() const { return inputs_; }
  bool empty() const { return outputs_ == 0; }

  /// x: rows x inputs; y: rows x outputs, row-major. They must not overlap.
  void apply(std::span<const Scalar> x, std::span<Scalar> y) const;
  /// y: the squared distances of each row to the rows of W, rows x outputs; the bias is not used. Zeros::kept only.
  void squared_distances(std::span<const Scalar> x, std::span<Scalar> y) const;
  /// x = y W, without the bias: the gradient with respect to x, given the gradient with respect to y.
  void apply_transposed(std::span<const Scalar> y, std::span<Scalar> x) const;

  /// The matrix passed to the constructor: outputs x inputs, row-major.
  std::vector<Scalar> weights() const;
  std::span<const Scalar> bias() const {
    return std::span(bias_).first(has_bias_ ? static_cast<std::size_t>(outputs_) : 0);
  }

 private:
  // Interleaved outputs, input by input; zero beyond the last output.
  struct Span {
    std::size_t offset = 0;           // into weights_
    std::int64_t begin = 0, end = 0;  // inputs
    std::int64_t depth() const { return end - begin; }
  };
  template <class Kernel>
  void for_each_panel(Kernel kernel, std::span<const Scalar> x, const Scalar* bias, std::span<Scalar> y) const;

  std::int64_t outputs_ = 0, inputs_ = 0;
  bool has_bias_ = false;
  std::vector<Scalar> weights_;
  std::vector<Span> panels_;
  std::vector<Scalar> bias_;  // padded to whole panels
};

using RowProduct = BasicRowProduct<double>;
using SingleRowProduct = BasicRowProduct<float>;

/// Each value becomes its exponential. Relative error below 1e-15; arguments below -708 count as -708.
void exponential(std::span<double> values);
/// Each value becomes its hyperbolic tangent. Relative error below 1e-15.
void hyperbolic_tangent(std::span<double> values);
/// Relative error below 4e-7.
void hyperbolic_tangent(std::span<float> values);

/// For tests, before other threads use the kernels: instead of the widest registers that the processor has. False,
/// without effect, if the processor lacks them.
bool use_vector_width(VectorWidth width);

/// log(sum(exp(values))), computed from the largest; destroys the values.
double log_sum_exp(std::span<double> values);

}  // namespace auscult::nn
