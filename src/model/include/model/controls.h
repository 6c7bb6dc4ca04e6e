// Simple detectors on the same feature vectors as a DAGMM, for comparison: if one of them does as well, the
// network is not worth its cost. Used on tables, on fan features and, stored in the model file, on recordings. Fitting
// them is part of training (training/control_fit.h). Thread rule: immutable; const methods from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "model/model.h"
#include "model/tensors.h"

namespace auscult {

/// Wider feature vectors have only the template: W x W matrices and thousands of rows would be larger than the model.
inline constexpr int kWidestControls = 640;

/// Every control by the name that reports use, in their order.
struct NamedControl {
  const char* name;
  double ControlEnergies::*energy;
};
inline constexpr NamedControl kControls[] = {
    {"template", &ControlEnergies::template_distance},
    {"mahalanobis", &ControlEnergies::mahalanobis},
    {"gmm", &ControlEnergies::gmm},
    {"knn1", &ControlEnergies::knn1},
    {"knn1_local", &ControlEnergies::knn1_local},
    {"mahalanobis_local", &ControlEnergies::mahalanobis_local},
    {"lof", &ControlEnergies::lof},
};

class FeatureControls {
 public:
  /// Takes whitening, mixture, rows and local density out of the map: all of them, without local density (older files),
  /// only the whitening (files of schema 1), or none (null). Errors: model_damaged (wrong shape, weights that do not
  /// sum to 1, a factor that is not lower triangular with a positive diagonal, too many rows).
  static Result<std::shared_ptr<const FeatureControls>> restore(TensorMap& tensors, const std::string& prefix,
                                                                int width);
  void save(TensorMap& tensors, const std::string& prefix) const;
  ~FeatureControls();

  /// rows: out.size() x width standardized values. NaN for a control that the file does not contain.
  void energies(std::span<const double> rows, std::span<ControlEnergies> out) const;

 private:
  struct Parts;
  FeatureControls();
  std::unique_ptr<const Parts> parts_;
};

/// The detector on whose feature vectors a model's controls are computed: the one with statistics of the longest
/// window, if there is one, because simple detectors do best on them (docs/decisions/controls.md).
std::size_t control_detector(const Preset& preset);

}  // namespace auscult
