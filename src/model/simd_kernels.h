// The vectorized loops under the row-wise kernels (row_kernels.h), for each vector width that the processor may have. A
// width changes how many outputs a register holds, never the operations of one output or their order, so that all give
// the same bits. Scalar is double or float. Internal to the library. Thread rule: pure functions.
#pragma once

#include <array>
#include <cstdint>

namespace auscult::nn {

/// Outputs of a panel: 64 bytes of them, the widest vector register.
template <class Scalar>
constexpr std::int64_t kLanes = 64 / static_cast<std::int64_t>(sizeof(Scalar));

/// Weights of neighboring outputs, interleaved.
template <class Scalar>
struct Panel {
  const Scalar* weights;  ///< depth x kLanes
  std::int64_t depth;
  const Scalar* bias;  ///< kLanes
  std::int64_t lanes;  ///< that are outputs; the others are padding
};

template <class Scalar>
struct Rows {
  const Scalar* x;
  std::int64_t x_stride;
  Scalar* y;
  std::int64_t y_stride;
};

/// What a vector's matches with bands become the evidence of: see Kernels::evidence.
template <class Scalar>
struct BandMatches {
  const Scalar* sums;          ///< blocks x bands
  const Scalar* scales;        ///< (blocks + 1) x bands, the last for the sum over all blocks; negative: no template
  std::int64_t blocks, bands;  ///< bands: a multiple of kLanes
};

template <class Scalar>
struct Kernels {
  /// y = bias + weights x for `count` rows.
  void (*products)(const Panel<Scalar>&, const Rows<Scalar>&, std::int64_t count);
  /// y: the sum of (weight - x)^2.
  void (*distances)(const Panel<Scalar>&, const Rows<Scalar>&, std::int64_t count);
  void (*exponential)(Scalar* values, std::int64_t count);
  void (*tangent)(Scalar* values, std::int64_t count);
  /// log(sum(exp(max(scale * sum, 0)^2))) over all templates. work: (blocks + 1) x bands.
  double (*evidence)(const BandMatches<Scalar>&, Scalar* work);
};

/// For the vector width in use (use_vector_width()).
template <class Scalar>
const Kernels<Scalar>& kernels();

}  // namespace auscult::nn
