// From recordings of normal sound to a calibrated model. The features are those of live monitoring, made in one pass
// over each file; the held-out part is kept in memory and scored by the Scorer's own second half. Thread rule: one
// training at a time in a process, on the calling thread.
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

/// The live input whose sound the clips hold, where it differs from the files: a recording made by the monitor is one
/// channel at the model's rate, whatever the device delivered. What is 0 or absent is taken from the files.
struct LiveInput {
  int sample_rate = 0;  ///< Hz
  int channels = 0;
  std::optional<int> channel;  ///< that the model is to listen to, from 0, or kMeanOfChannels
};

/// A point of a loss curve. Several detectors, and several models of each (for cross-fitting), train side by side.
struct LossPoint {
  std::string detector;
  int model = 0;           ///< the last one is the one that is kept
  std::uint64_t step = 0;  ///< gradient steps taken
  double loss = 0.0;       ///< objective of the last epoch
};

struct TrainRequest {
  std::vector<Clip> clips;  ///< normal sound, in order of time
  /// More normal sound, such as false alarms: trains, but sets no threshold, because it was chosen for being unusual.
  std::vector<Clip> added = {};
  Preset preset;
  Purpose purpose = Purpose::monitor;
  std::uint64_t seed = 1;
  int threads = 2;      ///< detectors that train side by side; the result does not depend on it
  std::string machine;  ///< for the model's description
  std::string device;   ///< the input device that recorded the clips, if one did
  LiveInput live;
  double scale = 1.0;                                  ///< multiplies every sample (integer-scaled float files)
  std::function<void(const LossPoint&)> on_loss = {};  ///< called from training threads, one at a time
};
/// What held-out normal sound scored live: what a threshold is chosen by.
struct HeldOutScores {
  struct Rate {
    double per_hour = 0.0;   ///< false alarms asked for
    double threshold = 0.0;  ///< on the live fused score
  };
  double bin_width = 0.0;
  std::vector<std::uint64_t> histogram;  ///< live fused scores, all judged hops: bin i from i to i + 1 widths, the last
                                         ///< one also what is beyond
  std::vector<double>
      clip_peaks;            ///< ascending; of each clip the highest threshold at which it would have raised an event
  double finest_rate = 0.0;  ///< false alarms an hour: one in all the held-out time; finer ones rest on a fitted tail
  std::vector<Rate> rates;   ///< that the held-out time supports, finest first; none where clips were too short
};

struct TrainOutcome {
  std::shared_ptr<const Model> model;
  HeldOutScores held_out;
  std::vector<TrainingReport> reports;  ///< one a detector
  std::vector<SkippedFile> skipped;     ///< files that could not be used; the others trained
  std::int64_t decoded_frames = 0;  ///< sample frames decoded from files, at their own rates: those of each file once
};

/// Errors: not_enough_data (says how much there is and how much is needed), training_diverged, cancelled; the error of
/// the first file when none can be used.
Result<TrainOutcome> train_model(const TrainRequest& request, const JobControl& control = {});

/// The same for one training of a benchmark.
Result<TrainedModel> train_for_benchmark(const TrainingTask& task, const JobControl& control);

}  // namespace auscult
