// Fits the simple detectors that are reported beside a DAGMM (model/controls.h). Thread rule: runs on the calling
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "auscult/error.h"
#include "model/controls.h"
#include "training/trainer.h"

namespace auscult {

struct ControlOptions {
  int components = 4;  ///< of the mixture
  int em_steps = 100;
  double ridge = 1e-3;            ///< added to each covariance's diagonal, in standardized units
  double smallest_scale = 0.02;   ///< lower bound of a value's standard deviation, in the input's units
  std::int64_t gmm_rows = 20000;  ///< more training rows than these are thinned evenly
  std::int64_t knn_rows = 5000;
};

/// For a model file: bounded in size and in the time that fitting adds to a training.
inline constexpr ControlOptions kModelControls{.em_steps = 50, .gmm_rows = 4000, .knn_rows = 2000};

/// Controls on a table: values are standardized by the training rows' means and deviations.
class TableControls {
 public:
  /// Errors: not_enough_data (fewer rows than components or than 2), training_diverged.
  static Result<TableControls> fit(const FeatureMatrix& rows, const ControlOptions& options, std::uint64_t seed);
  /// One per row. Precondition: the width is that of the training rows.
  std::vector<ControlEnergies> scores(const FeatureMatrix& rows) const;

 private:
  TableControls() = default;
  std::vector<double> standardized(const FeatureMatrix& rows) const;
  std::vector<double> mean_, scale_;
  std::shared_ptr<const FeatureControls> controls_;
};

/// Adds the controls that are stored in the model file to a trained detector. Errors: as TableControls::fit.
Status fit_controls(Detector& detector, const FeatureMatrix& rows, std::uint64_t seed);

}  // namespace auscult
