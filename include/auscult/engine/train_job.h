// From recordings of normal sound to a calibrated model. The features are those of live monitoring; the held-out part is
// scored by the Scorer itself. Thread rule: one training at a time in a process, on the calling thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "auscult/base/error.h"
#include "auscult/base/progress.h"
#include "auscult/dataset/index.h"
#include "auscult/model/model.h"
#include "auscult/model/trainer.h"

namespace auscult {

struct TrainRequest {
  std::vector<Clip> clips;             ///< normal sound, in order of time
  Preset preset;
  Purpose purpose = Purpose::monitor;
  std::uint64_t seed = 1;
  int threads = 2;                     ///< detectors that train side by side; the result does not depend on it
  std::string machine;                 ///< for the model's description
  std::string device;                  ///< the input device that recorded the clips, if one did
  double scale = 1.0;                  ///< multiplies every sample (integer-scaled float files)
};

struct SkippedFile {
  std::filesystem::path path;
  Error error;
};

struct TrainOutcome {
  std::shared_ptr<const Model> model;
  std::vector<TrainingReport> reports;  ///< one a detector
  std::vector<SkippedFile> skipped;     ///< files that could not be used; the others trained
};

/// Errors: not_enough_data (says how much there is and how much is needed), training_diverged, cancelled; the error of
/// the first file when none can be used.
Result<TrainOutcome> train_model(const TrainRequest& request, const JobControl& control = {});

}  // namespace auscult
