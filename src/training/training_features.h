// One pass over each training file: feature vectors for training, levels, and held-out sound for calibration and
// thresholds. Internal to training. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "kept_sound.h"
#include "training/trainer.h"
#include "training_material.h"

namespace auscult {

/// What a file's samples are like, and what is odd about them.
struct FileSound {
  std::size_t file = 0;  ///< index into TrainingMaterial::files
  SoundFacts facts;
  std::vector<OddSound> odd;
};

/// The result of reading all segments.
struct TrainingFeatures {
  std::vector<FeatureMatrix>
      rows;  ///< one per detector, thinned evenly to its maximum; a row's group is the number of its segment
  std::vector<float> frame_levels;   ///< dBFS
  std::vector<float> second_levels;  ///< dBFS, means over whole seconds without digital silence
  std::vector<FileSound> sound;      ///< of every file that was read, in order
  std::vector<KeptSound> held_out;   ///< per segment; empty for those that no fold holds out
  std::int64_t decoded_frames = 0;   ///< sample frames of all files, at their own rates
};

/// Decodes each file once. A file that fails during decoding is moved to material.skipped with all its segments; one
/// that ends before its header says, within what the reader tolerates, has shorter or fewer segments. Errors: bad_input
/// (no such channel), invalid_samples (no usable stretch), canceled; that of the first file if none can be used.
Result<TrainingFeatures> read_features(const TrainRequest& request, TrainingMaterial& material,
                                       const JobControl& control);

}  // namespace auscult
