// Retraining: a model's own recordings, found by their content, plus more normal sound, such as events that a user
// marked as false alarms. Thread rule: free functions; one training at a time per process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "dataset/index.h"
#include "model/model.h"
#include "training/train_job.h"

namespace auscult {

/// The model's training recordings, as far as they were found in the searched folders.
struct NormalSet {
  std::vector<Clip> clips;  ///< that also set its thresholds, in the order of index_clips()
  std::vector<Clip> added;  ///< added by an earlier refit
  std::int64_t wanted = 0;  ///< number of the model's training recordings
};

/// Recordings are identified by their digests, so names and paths may have changed. Each file in `folders` is read at
/// most once. Errors: those of index_clips; not_enough_data if any recording is missing (and how many are); canceled.
Result<NormalSet> find_normal_set(const TrainingInfo& training, std::span<const std::filesystem::path> folders,
                                  const JobControl& control = {});

struct RefitRequest {
  std::shared_ptr<const Model> model;
  std::vector<std::filesystem::path> recordings;  ///< folders or files with its training recordings
  std::vector<std::filesystem::path> added;       ///< files of normal sound to add
  int threads = 2;
  double scale = 1.0;  ///< as TrainRequest::scale; not applied to added sound
  std::function<void(const LossPoint&)> on_loss = {};
};

/// Peak anomaly score of an added file with the model before and after: the highest live threshold (u) at which it
/// would have raised an event. -infinity if it is too short for one, or too quiet for a running machine.
struct AddedEffect {
  std::filesystem::path path;
  double before = 0.0, after = 0.0;
};

struct RefitOutcome {
  TrainOutcome trained;
  std::vector<AddedEffect> effects;  ///< one per usable RefitRequest::added, in that order
};

/// Trains with the old model's preset, seed, machine and input. Only the old recordings set the new thresholds; name
/// and alarm rule stay. Errors: those of find_normal_set and train_model; bad_input if there is nothing to add or all
/// of it is already known; not_enough_data if the model was adapted to recordings that are not among the added ones.
Result<RefitOutcome> refit_model(const RefitRequest& request, const JobControl& control = {});

}  // namespace auscult
