// Training clips as stretches of sound: short files whole, long ones in pieces of ten seconds, so that an hour in one file
// can be split into training and held-out parts like a folder of clips. Internal to the engine. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "auscult/base/error.h"
#include "auscult/base/progress.h"
#include "auscult/engine/train_job.h"

namespace auscult {

struct Segment {
  std::size_t clip = 0;             ///< index into TrainRequest::clips
  std::int64_t first_frame = 0;     ///< sample frames, at the file's rate
  std::int64_t frames = 0;
  double seconds = 0.0;
};

struct TrainingMaterial {
  std::vector<Segment> train, held_out;   ///< held_out: the last stretch in time of each machine
  std::vector<SkippedFile> skipped;
  std::vector<std::string> digests;       ///< of the usable files, sorted
  int source_rate = 0, source_channels = 0;
  double train_seconds() const;
  double held_out_seconds() const;
};

/// Opens every file. Errors: those of train_model.
Result<TrainingMaterial> collect_material(const TrainRequest& request, const JobControl& control);

/// What the training part yields: feature vectors of each detector (thinned evenly to the detector's maximum) and levels.
struct TrainingFeatures {
  std::vector<FeatureMatrix> rows;        ///< one a detector
  std::vector<float> frame_levels;        ///< dBFS
  double quietest_second = 0.0;           ///< dBFS, mean over a second
};
Result<TrainingFeatures> extract_features(const TrainRequest& request, const TrainingMaterial& material, const JobControl& control);

}  // namespace auscult
