// The contrast of a dense network's residual, in single precision: with twice the lanes of double precision, and with
// the linear maps that follow each other multiplied beforehand. For networks that were trained in single precision;
// what else a DAGMM tells, its density and the attribution, stays in double precision. A row's bits depend on the row
// alone.
//
// With x in the rows' units, W the network's metric, U = W^-1, s the skip connection, h the last hidden layer and D, b
// the output layer, the difference from the reconstruction is W x - (D h + b + s W x), and whitened it is
// R ((1 - s) x - U D h - U b - mean), R the whitening of the residual: one product with [h, x] and a constant.
//
// Accuracy: products and sums are rounded to 24 bits. A property test bounds the difference from double precision.
// Internal to the library. Thread rule: immutable after construction.
#pragma once

#include <span>
#include <vector>

#include "layers.h"
#include "network.h"
#include "residual_density.h"
#include "row_kernels.h"

namespace auscult::nn {

class SingleContrast {
 public:
  SingleContrast() = default;
  /// `metric`: W, `whitening`: R U with the constant -R mean as its bias; both as Dagmm has them. `metric` may be
  /// empty. Precondition: fits(config) and a residual with templates.
  SingleContrast(const Network& network, const RowProduct& metric, const RowProduct& whitening,
                 const ResidualDensity& residual);
  static bool fits(const DagmmConfig& config);
  bool empty() const { return residual_.empty(); }

  /// rows: out.size() x width standardized values, row-major.
  void energies(std::span<const double> rows, std::span<double> out) const;

 private:
  struct Layer {
    SingleRowProduct product;
    Activation activation = Activation::linear;
  };
  std::size_t width_ = 0, hidden_width_ = 0;
  std::vector<Layer> layers_;  // x to h
  SingleRowProduct residual_;  // [h, x] to the whitened residual
  SingleRowProduct pulling_;   // its products with R'
  SingleRowProduct bands_;     // bins to bands, padded to whole panels
  std::size_t blocks_ = 0, bins_ = 0, templates_ = 0;
  std::vector<float> scales_;  // of matches, see BandMatches
};

}  // namespace auscult::nn
