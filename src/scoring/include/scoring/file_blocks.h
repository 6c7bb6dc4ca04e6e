// The loop that reads sound files for feature extraction. Thread rule: on the calling thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>

#include "audio/audio_file.h"
#include "auscult/error.h"
#include "base/progress.h"

namespace auscult {

/// Some interleaved sample frames of a file, valid only inside the sink.
struct FileBlock {
  std::span<const float> interleaved;
  int channels = 0;
  int sample_rate = 0;  ///< Hz
};
using BlockSink = std::function<Status(const FileBlock&)>;

/// Passes on the next `frames` sample frames, or all that are left, and returns their number. Errors: those of the
/// reader and of the sink (with `path` as context), canceled.
Result<std::int64_t> read_blocks(AudioFileReader& reader, const std::filesystem::path& path,
                                 std::optional<std::int64_t> frames, const CancelFlag* cancel, const BlockSink& sink);

}  // namespace auscult
