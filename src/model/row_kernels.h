// The arithmetic of every network: products of rows with a matrix, exponentials and hyperbolic tangents, in double
// precision. Each output is a sum in one fixed order (bias first, inputs ascending), vectorized over outputs, so that a
// row's bits depend only on the row: not on how many rows are evaluated together, nor on the processor's vector width,
// since every width does the same operations in the same order (docs/decisions/row-wise-kernels.md). Internal to the
// library. Thread rule: immutable after construction; const methods from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace auscult::nn {

/// y = x W' + b for rows x, with W (outputs, inputs).
class RowProduct {
 public:
  /// Zeros at the beginning and the end of eight neighboring outputs' weights, as in triangular matrices and bands.
  enum class Zeros {
    skipped,  ///< they add nothing to a product
    kept,     ///< for squared_distances()
  };

  RowProduct() = default;
  /// weights: outputs x inputs, row-major. bias: outputs, or empty for none.
  RowProduct(std::int64_t outputs, std::int64_t inputs, std::span<const double> weights,
             std::span<const double> bias = {}, Zeros zeros = Zeros::skipped);

  std::int64_t outputs() const { return outputs_; }
  std::int64_t inputs() const { return inputs_; }
  bool empty() const { return outputs_ == 0; }

  /// x: rows x inputs; y: rows x outputs, row-major. They must not overlap.
  void apply(std::span<const double> x, std::span<double> y) const;
  /// y: the squared distances of each row to the rows of W, rows x outputs; the bias is not used. Zeros::kept only.
  void squared_distances(std::span<const double> x, std::span<double> y) const;
  /// x = y W, without the bias: the gradient with respect to x, given the gradient with respect to y.
  void apply_transposed(std::span<const double> y, std::span<double> x) const;

  /// The matrix passed to the constructor: outputs x inputs, row-major.
  std::vector<double> weights() const;
  std::span<const double> bias() const {
    return std::span(bias_).first(has_bias_ ? static_cast<std::size_t>(outputs_) : 0);
  }

 private:
  // Eight interleaved outputs, input by input; zero beyond the last output.
  struct Span {
    std::size_t offset = 0;           // into weights_
    std::int64_t begin = 0, end = 0;  // inputs
    std::int64_t depth() const { return end - begin; }
  };
  template <class Kernel>
  void for_each_panel(Kernel kernel, std::span<const double> x, const double* bias, std::span<double> y) const;

  std::int64_t outputs_ = 0, inputs_ = 0;
  bool has_bias_ = false;
  std::vector<double> weights_;
  std::vector<Span> panels_;
  std::vector<double> bias_;  // padded to whole panels
};

/// Each value becomes its exponential. Relative error below 1e-15; arguments below -708 count as -708.
void exponential(std::span<double> values);
/// Each value becomes its hyperbolic tangent. Relative error below 1e-15.
void hyperbolic_tangent(std::span<double> values);

/// Vector registers that the kernels may use. All give the same bits; the default is the widest that the processor has.
enum class VectorWidth { baseline, avx2, avx512 };
/// For tests, before other threads use the kernels. False, without effect, if the processor lacks them.
bool use_vector_width(VectorWidth width);

/// log(sum(exp(values))), computed from the largest; destroys the values.
double log_sum_exp(std::span<double> values);

}  // namespace auscult::nn
