// Trains one detector on feature vectors. Thread rule: runs on the calling thread, whose libtorch thread count it sets
// to one during training; several detectors may be trained in parallel. The same rows, configuration and seed give the
// same bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "model/model.h"

namespace auscult {

/// Feature vectors as rows, row-major; dB for log-mel inputs.
struct FeatureMatrix {
  int width = 0;
  std::vector<float> values;
  std::vector<std::int32_t> groups = {};  ///< the recording of each row; empty: every row is from a different one
  std::int64_t rows() const { return width > 0 ? static_cast<std::int64_t>(values.size()) / width : 0; }
};

/// What training did, for reports.
struct TrainingReport {
  double first_objective = 0.0;  ///< over all rows, evaluation mode, before the first gradient step
  double last_objective = 0.0;   ///< the same after the last one
  std::int64_t steps = 0;        ///< gradient steps of all ensemble members
  std::int64_t escalations = 0;  ///< how often a covariance needed a larger ridge
  std::int64_t rows = 0;         ///< feature vectors trained on
  std::string amount;            ///< what the amount of sound changed (for_amount), as a sentence; empty: nothing
};

/// Which densities a training fits to the finished code.
enum class Densities {
  all,       ///< of every energy: for a model
  reported,  ///< of the energy that the detector reports; the others have no meaning: for calibration
};

/// What a detector is trained on: `vectors` feature vectors of `width` values, from `recordings` recordings.
struct TrainingSize {
  int width = 0;
  std::int64_t vectors = 0;
  std::int64_t recordings = 0;
};

/// The detector as it is trained on so much sound: with the values of its AmountConfig, and a code no wider than its
/// input. Training uses what it says, and the model file stores it.
DetectorConfig for_amount(DetectorConfig detector, const TrainingSize& size);
/// What the amount of sound changed, for people; empty: nothing.
std::string amount_note(const DetectorConfig& detector, const TrainingSize& size);

/// Standardizes, trains every ensemble member, fixes mixtures and residual covariances, and fits the untrained
/// networks. Controls (control_fit.h) and calibrations are left unfitted. Errors: not_enough_data, training_diverged
/// (naming the step), canceled.
Result<Detector> train_detector(const DetectorConfig& config, const FeatureMatrix& rows, std::uint64_t seed,
                                const JobControl& control = {}, TrainingReport* report = nullptr,
                                Densities densities = Densities::all);

}  // namespace auscult
