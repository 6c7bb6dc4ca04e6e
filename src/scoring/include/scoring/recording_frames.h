// All log-mel frames of a recording at once. Thread rule: on the calling thread.
#pragma once

#include <filesystem>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "scoring/feature_stream.h"

namespace auscult {

struct RecordingFrames {
  std::vector<float> log_mels;  ///< (frames, n_mels) row-major, dB
  InputCounts input;
};

/// At least one frame. Errors: those of the reader, invalid_samples, too_short, bad_input (no such channel), canceled.
Result<RecordingFrames> read_frames(const std::filesystem::path& path, const FrontendConfig& frontend,
                                    const FeatureStreamOptions& options, const CancelFlag* cancel = nullptr);

}  // namespace auscult
