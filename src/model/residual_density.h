// The shrunk Gaussian of a DAGMM's residuals x - x', and the contrast: the evidence that a band of the spectrum got
// louder.
//
// The contrast is the log Bayes factor of "one of the faults has been added" against "normal" for a whitened residual:
// the amplitude of a fault is half-normal with kFaultAmplitude standard deviations of what is normal along its
// direction, and every template is equally likely. A chi-square test of all directions reacts to any difference; a
// fault is a difference of a certain kind.
//
// The match of template t with the residual r is (W r)'(W t) / |W t| = (P r)'t / |W t| with P = W'W. Templates are
// bands over the mel bins, repeated for each block (stacked frame, or statistic) of the feature vector, so that one
// small product with all bands serves every block. Internal to the library. Thread rule: immutable after construction.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/fault_templates.h"
#include "model/tensors.h"
#include "row_kernels.h"

namespace auscult::nn {

class ResidualDensity {
 public:
  ResidualDensity() = default;
  /// Takes mean, whitening and constant out of the map. Errors: model_damaged.
  static Result<ResidualDensity> restore(TensorMap& tensors, const std::string& prefix, int width,
                                         const FaultTemplates& templates);
  void save(TensorMap& tensors, const std::string& prefix) const;
  bool empty() const { return whitening_.empty(); }

  /// The linear map from a difference d in a network's metric to the whitened residual: W (U d - mean), where U maps
  /// from that metric to the rows' own units. If U is empty, d is the residual itself.
  RowProduct whitening_after(const RowProduct& u) const;

  /// Negative log-likelihoods, one per row. whitened: rows x width, as whitening_after() gives them.
  std::vector<double> residual_energies(std::span<const double> whitened) const;
  /// Log Bayes factors, one per row; 0 without templates.
  std::vector<double> contrasts(std::span<const double> whitened) const;

  const RowProduct& whitening() const { return whitening_; }  ///< W
  const RowProduct& pulling() const { return pulling_; }      ///< W'
  const FaultTemplates& templates() const { return templates_; }
  /// The evidence of template t is the square of its product with P r, if that is positive, and of this factor.
  double evidence_scale(std::size_t t) const;

  /// ((P r)_i^2 / P_ii - 1) / 2 of each value: its contribution to the negative log-likelihood, given all other values.
  std::vector<double> residual_attribution(std::span<const double> residuals) const;
  /// f_i (P r)_i / 2 with f the detected fault: all templates, each weighted by how well it explains the residual.
  std::vector<double> contrast_attribution(std::span<const double> residuals) const;

 private:
  std::vector<double> centered(std::span<const double> residuals) const;
  std::vector<double> precision_times(std::span<const double> whitened) const;
  // Matches with all templates, clamped at 0: rows x templates.
  std::vector<double> matches(std::span<const double> pulled) const;

  std::vector<double> mean_;
  RowProduct whitening_;   // W: lower triangular
  RowProduct pulling_;     // W'
  double constant_ = 0.0;  // log|2 pi R| / 2
  FaultTemplates templates_;
  RowProduct bands_;                        // bins to bands
  std::vector<double> inverse_lengths_;     // 1 / |W t| of each template
  std::vector<double> precision_diagonal_;  // of P
};

}  // namespace auscult::nn
