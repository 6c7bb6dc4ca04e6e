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
#include "detect/held_out_scores.h"
#include "evaluation/benchmark.h"
#include "model/model.h"
#include "scoring/sound_report.h"
#include "training/trainer.h"

namespace auscult {

/// The live input that was recorded, if it differs from the files: the monitor's recordings have one channel at the
/// model's rate, whatever the device delivers. Values that are 0 or absent are taken from the files.
struct LiveInput {
  int sample_rate = 0;  ///< Hz
  int channels = 0;
  std::optional<int> channel;  ///< for the model to monitor, from 0, or kMeanOfChannels
};

/// The frequencies that a new model analyzes.
enum class Band {
  standard,  ///< the preset's; of slower recordings, all that they have
  high,      ///< up to 48 or 96 kHz, as far as the slowest recording reaches
};

/// A frontend that was chosen for the rates of the recordings instead of the preset's.
struct FrontendFit {
  FrontendConfig frontend;
  int lowest_rate = 0;            ///< Hz, of the recordings and of the live input they were taken from
  std::filesystem::path slowest;  ///< the first recording with the lowest rate
  std::size_t recordings = 0;
  std::size_t faster = 0;  ///< those with a higher rate than the slowest
};

struct TrainRequest {
  std::vector<Clip> clips;  ///< normal sound, in order of time
  /// More normal sound, such as false alarms: used for training but not for thresholds, because it was selected for its
  /// high score.
  std::vector<Clip> added = {};
  Preset preset;
  /// Adapts the preset's frontend to the rates of the clips; absent: the preset is used as it is.
  std::optional<Band> band = {};
  Purpose purpose = Purpose::monitor;
  std::uint64_t seed = 1;
  int threads = 2;      ///< detectors trained in parallel; does not affect the result
  std::string machine;  ///< for the model's description
  std::string device;   ///< the input device used for recording, if any
  LiveInput live;
  double scale = 1.0;                                   ///< multiplies every sample (integer-scaled float files)
  std::function<void(const LossPoint&)> on_loss = {};   ///< called from training threads, one at a time
  std::function<void(const FrontendFit&)> on_fit = {};  ///< called before training, if the frontend was adapted
};

struct TrainOutcome {
  std::shared_ptr<const Model> model;
  HeldOutScores held_out;
  std::vector<TrainingReport> reports;        ///< one per detector
  std::vector<SkippedFile> skipped;           ///< files that could not be used; the others were
  std::vector<std::filesystem::path> copies;  ///< files with the same content as another one, which counts once
  SoundReport sound;                          ///< what is odd about the clips, and what differs among them
  std::int64_t decoded_frames = 0;  ///< sample frames decoded from files, at their own rates; each file counts once
};

/// Errors: not_enough_data (with the available and the required amount), training_diverged, canceled, bad_input (the
/// recordings are too slow for the band or the preset); the error of the first file if none can be used.
Result<TrainOutcome> train_model(const TrainRequest& request, const JobControl& control = {});

/// The same for one training of a benchmark.
Result<TrainedModel> train_for_benchmark(const TrainingTask& task, const JobControl& control);

}  // namespace auscult
