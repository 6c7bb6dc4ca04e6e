// The reading loop of everything that turns sound files into features. Thread rule: on the calling thread.
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

/// Some interleaved sample frames of a file, valid inside the sink only.
struct FileBlock {
  std::span<const float> interleaved;
  int channels = 0;
  int sample_rate = 0;  ///< Hz
};
using BlockSink = std::function<Status(const FileBlock&)>;

/// Hands on the next `frames` sample frames, or all that are left, and returns how many there were. Errors: those of
/// the reader and of the sink (with `path` as context), cancelled.
Result<std::int64_t> read_blocks(AudioFileReader& reader, const std::filesystem::path& path,
                                 std::optional<std::int64_t> frames, const CancelFlag* cancel, const BlockSink& sink);

}  // namespace auscult
