// Training clips as stretches of sound: short files whole, long ones in pieces of ten seconds, so that one long file
// can be split into training and held-out parts like a folder of clips. Lengths come from the files' headers: nothing
// is decoded here. Internal to training. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "training/train_job.h"

namespace auscult {

struct SourceFile {
  std::filesystem::path path;
  std::string digest;
  int channel = 0;  ///< to use, from 0, or kMeanOfChannels
  double scale = 1.0;
  int sample_rate = 0;  ///< Hz
  int channels = 0;     ///< of the file
  bool added = false;   ///< one of TrainRequest::added
  bool usable = true;   ///< false: decoding it failed
};

struct Segment {
  std::size_t file = 0;          ///< index into TrainingMaterial::files
  std::int64_t first_frame = 0;  ///< sample frames, at the file's rate
  std::int64_t frames = 0;
  double seconds = 0.0;
  std::optional<int> fold = {};  ///< the fold that holds it out for calibration; nothing: only for training
  bool held_out() const { return fold.has_value(); }
};

struct TrainingMaterial {
  std::vector<SourceFile> files;  ///< in the given order, added ones last
  std::vector<Segment> segments;  ///< machine by machine, in order of time; a file's are consecutive
  int folds = 1;                  ///< above 1: cross-fitting, and the final model trains on every segment
  std::vector<SkippedFile> skipped;
  std::vector<std::filesystem::path> copies;  ///< of other files: left out, since twins in the training and the
                                              ///< held-out part would make thresholds too low
  std::int64_t counted_frames = 0;  ///< sample frames decoded only to determine a length that a header does not state
  double seconds() const;
  double held_out_seconds() const;
  std::int64_t held_out_segments() const;
  /// Of the usable files, sorted.
  std::vector<std::string> digests() const;
  /// The digests of those that only train.
  std::vector<std::string> added_digests() const;
  /// The first usable file; null if there is none.
  const SourceFile* first_file() const;
  /// Whether the model of `fold` (folds: the final model) trains on this segment.
  bool trains(int fold, const Segment& segment) const;
};

/// Opens every file and computes its digest. Errors: canceled; that of the first file if none can be used.
Result<TrainingMaterial> collect_material(const TrainRequest& request, const JobControl& control);

/// Errors: not_enough_data.
Status enough(const TrainingMaterial& material);

}  // namespace auscult
