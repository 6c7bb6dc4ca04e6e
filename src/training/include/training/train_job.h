// From recordings of normal sound to a calibrated model. The features are those of live monitoring, computed in one
// pass over each file; the held-out part is kept in memory and scored by the second half of the Scorer. Thread rule:
// one training at a time per process, on the calling thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "dataset/index.h"
#include "evaluation/benchmark.h"
#include "model/model.h"
#include "training/trainer.h"

namespace auscult {

/// The live input that was recorded, if it differs from the files: the monitor's recordings have one channel at the
/// model's rate, whatever the device delivers. Values that are 0 or absent are taken from the files.
struct LiveInput {
  int sample_rate = 0;  ///< Hz
  int channels = 0;
  std::optional<int> channel;  ///< for the model to monitor, from 0, or kMeanOfChannels
};

/// A point of a loss curve. Several detectors, and several models of each (for cross-fitting), are trained in parallel.
struct LossPoint {
  std::string detector;
  int model = 0;           ///< the last one is the final model
  std::uint64_t step = 0;  ///< gradient steps taken
  double loss = 0.0;       ///< objective of the last epoch
};

struct TrainRequest {
  std::vector<Clip> clips;  ///< normal sound, in order of time
  /// More normal sound, such as false alarms: used for training but not for thresholds, because it was selected for its
  /// high score.
  std::vector<Clip> added = {};
  Preset preset;
  Purpose purpose = Purpose::monitor;
  std::uint64_t seed = 1;
  int threads = 2;      ///< detectors trained in parallel; does not affect the result
  std::string machine;  ///< for the model's description
  std::string device;   ///< the input device used for recording, if any
  LiveInput live;
  double scale = 1.0;                                  ///< multiplies every sample (integer-scaled float files)
  std::function<void(const LossPoint&)> on_loss = {};  ///< called from training threads, one at a time
};
/// Live scores of held-out normal sound, for choosing a threshold.
struct HeldOutScores {
  struct Rate {
    double per_hour = 0.0;   ///< requested false alarms per hour
    double threshold = 0.0;  ///< on the live fused score
  };
  double bin_width = 0.0;
  std::vector<std::uint64_t> histogram;  ///< live fused scores of all judged hops: bin i from i to i + 1 widths; the
                                         ///< last one also counts everything beyond
  std::vector<double>
      clip_peaks;            ///< ascending; for each clip, the highest threshold at which it would have raised an event
  double finest_rate = 0.0;  ///< lowest false alarms per hour that the held-out time supports: one in all of it; lower
                             ///< rates rely on a fitted tail
  std::vector<Rate> rates;   ///< that the held-out time supports, lowest first; none if clips were too short
};

struct TrainOutcome {
  std::shared_ptr<const Model> model;
  HeldOutScores held_out;
  std::vector<TrainingReport> reports;  ///< one per detector
  std::vector<SkippedFile> skipped;     ///< files that could not be used; the others were
  std::int64_t decoded_frames = 0;      ///< sample frames decoded from files, at their own rates; each file counts once
};

/// Errors: not_enough_data (with the available and the required amount), training_diverged, canceled; the error of the
/// first file if none can be used.
Result<TrainOutcome> train_model(const TrainRequest& request, const JobControl& control = {});

/// The same for one training of a benchmark.
Result<TrainedModel> train_for_benchmark(const TrainingTask& task, const JobControl& control);

}  // namespace auscult
