// Training clips as stretches of sound: short files whole, long ones in pieces of ten seconds, so that an hour in one file
// can be split into training and held-out parts like a folder of clips. Internal to the engine. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "training/train_job.h"

namespace auscult {

struct Segment {
  std::filesystem::path path;
  int channel = 0;                  ///< of the file; -1: the mean of all
  double scale = 1.0;
  std::int64_t first_frame = 0;     ///< sample frames, at the file's rate
  std::int64_t frames = 0;
  double seconds = 0.0;
  int fold = -1;                    ///< the fold that holds it out for calibration; -1: none, it only trains
  bool added = false;               ///< one of TrainRequest::added
};

struct TrainingMaterial {
  std::vector<Segment> segments;          ///< machine by machine, in order of time
  int folds = 1;                          ///< above 1: cross-fitting, and the final model trains on every segment
  std::vector<SkippedFile> skipped;
  std::vector<std::string> digests;       ///< of the usable files, sorted
  std::vector<std::string> added_digests; ///< of these, the ones that only train
  int source_rate = 0, source_channels = 0;
  double seconds() const;
  double held_out_seconds() const;
  std::int64_t held_out_segments() const;
  /// Does the model of `fold` (folds: the final model) train on this segment?
  bool trains(int fold, const Segment& segment) const;
};

/// Opens every file. Errors: those of train_model.
Result<TrainingMaterial> collect_material(const TrainRequest& request, const JobControl& control);

/// What the segments yield: feature vectors of each detector (thinned evenly to the detector's maximum) and levels.
struct TrainingFeatures {
  std::vector<FeatureMatrix> rows;        ///< one a detector; a row's group is the number of its segment
  std::vector<float> frame_levels;        ///< dBFS
  double quietest_second = 0.0;           ///< dBFS, mean over a second
};
Result<TrainingFeatures> extract_features(const TrainRequest& request, const TrainingMaterial& material, const JobControl& control);

}  // namespace auscult
