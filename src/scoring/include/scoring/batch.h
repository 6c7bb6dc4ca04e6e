// Scores many files with several threads, in order. Thread rule: runs on the calling thread plus worker threads; the
// sink is called on the calling thread, in the order of the files.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "scoring/clip_score.h"
#include "scoring/recording_score.h"

namespace auscult {

using BatchSink = std::function<void(std::size_t index, const Result<ClipScore>& score)>;
using RecordingSink = std::function<void(std::size_t index, const Result<RecordingScore>& score)>;

struct BatchOptions {
  int jobs = 0;  ///< worker threads; 0: one per core
  ScoreFileOptions score;
};

/// A file that fails is reported through the sink, and the others continue. Errors: canceled.
Status score_files(const std::shared_ptr<const Model>& model, const std::vector<std::filesystem::path>& files,
                   const BatchOptions& options, const BatchSink& sink, const JobControl& control = {});
/// The same with spans and events.
Status score_recordings(const std::shared_ptr<const Model>& model, const std::vector<std::filesystem::path>& files,
                        const BatchOptions& options, const RecordingSink& sink, const JobControl& control = {});

}  // namespace auscult
