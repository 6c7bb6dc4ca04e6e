// What held-out normal sound determines: each detector's calibrations and the model's two thresholds. Internal to
// training. Thread rule: one call at a
// time.
#pragma once

#include <memory>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "model/model.h"
#include "training/train_job.h"
#include "training_features.h"
#include "training_material.h"

namespace auscult {

/// Scores features.held_out with fold_models[fold], and sets calibrations (of `model` and of every fold's), false-alarm
/// curve and thresholds. Without cross-fitting, `model` is the only fold model. The number of threads does not affect
/// the result. Errors: not_enough_data, canceled.
Result<HeldOutScores> calibrate(const TrainingMaterial& material, const TrainingFeatures& features,
                                const std::shared_ptr<Model>& model,
                                const std::vector<std::shared_ptr<Model>>& fold_models, int threads,
                                const JobControl& control);

}  // namespace auscult
