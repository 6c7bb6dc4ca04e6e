// Four simple detectors on the same feature vectors as a DAGMM, so that a reader can judge it: where one of them does as
// well, the network is not worth its cost. Thread rule: immutable once fitted; scores() from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "auscult/base/error.h"
#include "auscult/model/trainer.h"

namespace auscult {

struct ControlOptions {
  int components = 4;             ///< of the mixture
  int em_steps = 100;
  double ridge = 1e-3;            ///< added to each covariance's diagonal, in standardised units
  double smallest_scale = 0.02;   ///< a value's standard deviation counts as at least this, in the input's units
  std::int64_t gmm_rows = 20000;  ///< training rows above these numbers are thinned evenly
  std::int64_t knn_rows = 5000;
};

/// Larger is more abnormal.
struct ControlScores {
  double template_distance = 0.0;  ///< mean square of the standardised values: z-scored distance to the mean
  double mahalanobis = 0.0;        ///< squared distance under the Ledoit-Wolf shrunk covariance, divided by the width
  double gmm = 0.0;                ///< minus the log-density of a full-covariance mixture fitted by EM from k-means
  double knn1 = 0.0;               ///< Euclidean distance to the nearest training row
};

/// All of them on values standardised by the training rows' means and deviations.
class FeatureControls {
 public:
  /// Errors: not_enough_data (fewer rows than components or than 2), training_diverged.
  static Result<FeatureControls> fit(const FeatureMatrix& rows, const ControlOptions& options, std::uint64_t seed);
  /// One a row. Precondition: the width is that of the training rows.
  std::vector<ControlScores> scores(const FeatureMatrix& rows) const;

 private:
  struct State;
  explicit FeatureControls(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace auscult
