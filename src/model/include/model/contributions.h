// Attribution of an energy to mel bins: each bin's contribution. Computed on request; does not affect the energy.
//
// For a standardized feature vector x, r = x - x' - (mean residual), P = R^-1 the inverse of the residual's shrunk
// covariance:
//   residual (of `joint`): ((P r)_i^2 / P_ii - 1) / 2. The first term is what value i adds to r'Pr/2 given all other
//     values: the energy would fall by it if the value were as the others predict (P r is r whitened twice, and
//     (P r)_i / P_ii the distance of r_i from its conditional mean; Lauritzen, Graphical Models, 1996, section 5.1).
//     On normal sound its mean is one half for every value, which is subtracted.
//   E(z) (of `dagmm` and `joint`): dE/dx_i (x_i - x'_i): to first order, how far the energy would fall if the value
//     equaled its reconstruction (gradient times difference from a reference; Shrikumar et al. 2016). The training
//     mean cannot be the reference: relative distance and cosine have a singularity there (figures:
//     docs/attribution.md).
//   contrast: f_i (P r)_i / 2, with f = L (d contrast / d L^-1 r) the detected fault in x's units: the sum of all
//     templates, each weighted by how well it explains the residual. Summed over i, half of
//     sum_t p_t (1 - 1/(1 + a^2)) m_t^2 with p_t the posterior of template t, m_t its match, a the faults' amplitude:
//     the mean evidence of the templates.
//   neighbour: ((x_i - y_i)^2 - n_i) / s for the nearest training vector (or the mean of the nearest) y with spread s,
//     in the metric of the memory. n_i is the normal value there: the squared differences of y to its own neighbors,
//     scaled to a sum of s. Summed over i: the energy less 1.
//   Local density: the same less the mean contributions of the nearest training vectors, whose mean energy is
//     subtracted: what differs from sound that is normal there.
// Several networks: the mean. A bin's contribution is the sum over its values (all stacked frames; mean and
// difference). Contributions are in the energy's units and may be negative; noise in normal sound gives some in every
// bin. Thread rule: immutable; const methods from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/model.h"

namespace auscult {

class Contributions {
 public:
  /// The detector must outlive it.
  Contributions(const Detector& detector, const FrontendConfig& frontend);

  /// n_mels, or 0 if the representation has no mel bins: then there is no attribution.
  int bins() const;
  /// rows: any number of raw feature vectors, row-major. out: each value's contribution to Detector::energies of
  /// config.energy, as many as there are values. A row's contributions depend only on the row: the same bits live and
  /// in batch.
  void per_value(std::span<const float> rows, std::span<double> out) const;
  /// The same, summed over each bin's values. out: rows x bins().
  void per_bin(std::span<const float> rows, std::span<float> out) const;

 private:
  const Detector* detector_;
  FrontendConfig frontend_;
};

/// The bin that value `value` of a feature vector belongs to; -1 if the representation has none.
int mel_bin_of(const DetectorConfig& detector, const FrontendConfig& frontend, std::int64_t value);

/// The positive contributions as shares of their sum; all 0 if none is positive.
std::vector<float> positive_shares(std::span<const float> contributions);

/// For several detectors: the mean of their positive shares, weighted by their u. `contributions` has one entry per
/// detector, empty for one without attribution. Empty if no detector has one; all 0 if no u is positive.
std::vector<float> fused_shares(std::span<const std::vector<float>> contributions, std::span<const double> u);

}  // namespace auscult
