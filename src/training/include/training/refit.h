// Learning again: a model's own recordings, found by their content, and more normal sound beside them, such as events
// that a person has called false alarms. Thread rule: free functions; one training at a time in a process.
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

/// What a model learned from, as far as it lies below the folders that were searched.
struct NormalSet {
  std::vector<Clip> clips;  ///< that also set its thresholds, as index_clips() orders them
  std::vector<Clip> added;  ///< that were added by an earlier refit
  std::int64_t wanted = 0;  ///< how many recordings the model learned from
};

/// Recordings are known by their digests: names and places may have changed. Each file below `folders` is read at most
/// once. Errors: those of index_clips; not_enough_data when any recording is missing (and how many are); cancelled.
Result<NormalSet> find_normal_set(const TrainingInfo& training, std::span<const std::filesystem::path> folders,
                                  const JobControl& control = {});

struct RefitRequest {
  std::shared_ptr<const Model> model;
  std::vector<std::filesystem::path> recordings;  ///< folders or files with what it learned from
  std::vector<std::filesystem::path> added;       ///< files of normal sound to be added
  int threads = 2;
  double scale = 1.0;  ///< as TrainRequest::scale; added sound is taken as it is
  std::function<void(const LossPoint&)> on_loss = {};
};

/// How unusual an added file is to the model before and after: the highest live threshold (u) at which it would have
/// raised an event. -infinity where it is too short for one, or too quiet for a machine that runs.
struct AddedEffect {
  std::filesystem::path path;
  double before = 0.0, after = 0.0;
};

struct RefitOutcome {
  TrainOutcome trained;
  std::vector<AddedEffect> effects;  ///< one for each of RefitRequest::added that could be used, in their order
};

/// Trains with the old model's preset, seed, machine and input. The thresholds are set anew, by the old recordings
/// alone; name and rule of alarms stay. Errors: those of find_normal_set and train_model; bad_input when there is
/// nothing to add or all of it is known already.
Result<RefitOutcome> refit_model(const RefitRequest& request, const JobControl& control = {});

}  // namespace auscult
