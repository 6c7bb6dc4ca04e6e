// Four simple detectors on the same feature vectors as a DAGMM, so that a reader can judge it: where one of them does as
// well, the network is not worth its cost. Used on tables, on fan features and, kept in the model file, on recordings.
// Thread rule: immutable once fitted; const methods from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "model/trainer.h"

namespace auscult {

struct ControlOptions {
  int components = 4;             ///< of the mixture
  int em_steps = 100;
  double ridge = 1e-3;            ///< added to each covariance's diagonal, in standardised units
  double smallest_scale = 0.02;   ///< a value's standard deviation counts as at least this, in the input's units
  std::int64_t gmm_rows = 20000;  ///< training rows above these numbers are thinned evenly
  std::int64_t knn_rows = 5000;
};

/// What a model file keeps: bounded in size and in the time that fitting adds to a training.
inline constexpr ControlOptions kModelControls{.em_steps = 50, .gmm_rows = 4000, .knn_rows = 2000};
/// Feature vectors wider than this have the template only: W x W matrices and thousands of rows would outgrow the model.
inline constexpr int kWidestControls = 640;

using ControlScores = ControlEnergies;
struct ControlState;

/// All of them on values standardised by the training rows' means and deviations.
class FeatureControls {
 public:
  /// Errors: not_enough_data (fewer rows than components or than 2), training_diverged.
  static Result<FeatureControls> fit(const FeatureMatrix& rows, const ControlOptions& options, std::uint64_t seed);
  /// One a row. Precondition: the width is that of the training rows.
  std::vector<ControlEnergies> scores(const FeatureMatrix& rows) const;

  /// Those of a model's detector, on values that it has standardised: a row's numbers depend on nothing but the row.
  /// block: kBlockRows x width. out: kBlockRows.
  void energies(std::span<const double> block, std::span<ControlEnergies> out) const;

  explicit FeatureControls(std::shared_ptr<const ControlState> state) : state_(std::move(state)) {}
  const ControlState& state() const { return *state_; }

 private:
  std::shared_ptr<const ControlState> state_;
};

/// The detector on whose feature vectors a model's controls are computed: statistics of the longest window where there is
/// such a detector, because simple detectors do best on them (docs/decisions/controls.md).
std::size_t control_detector(const Preset& preset);

/// Gives a trained detector the controls that are kept in its model file. Errors: as fit.
Status fit_controls(Detector& detector, const FeatureMatrix& rows, std::uint64_t seed);

}  // namespace auscult
