// Sound that arrives through a pipe: WAV or raw PCM, from another program, a camera or a radio. Only as much is read as
// is there, so that sound is heard live. Thread rule: one object, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "audio/sample_source.h"
#include "auscult/error.h"

namespace auscult {

/// How samples lie in a stream without header.
struct RawFormat {
  int bytes = 2;  ///< of one sample
  bool is_float = false, is_unsigned = false, big_endian = false;
  int sample_rate = 0;  ///< Hz
  int channels = 1;
  int frame_bytes() const { return bytes * channels; }
  bool operator==(const RawFormat&) const = default;
};

/// "s16le:48000:2", format names as in ffmpeg: u8 s8, s16 s24 s32 f32 f64 followed by le or be. Errors: usage.
Result<RawFormat> parse_raw_format(const std::string& text);

struct PcmStreamOptions {
  std::filesystem::path path;         ///< "-": standard input; a pipe, a device, /dev/fd/N; or a file of raw samples
  std::optional<RawFormat> raw = {};  ///< nothing: WAV
  int block_frames = 512;             ///< at most, per read
};

/// Integer formats are scaled to [-1, 1). A WAV header may leave its length open; sound beyond an announced length is
/// read, too. The header is read with the first block, so that start() waits for nobody; until then info() has no rate.
/// If nothing arrives for two seconds, the state is `silent`. Errors of start(): file_not_found; of read(): not_audio,
/// bad_input, empty_input.
std::unique_ptr<SampleSource> make_pcm_stream(PcmStreamOptions options);

}  // namespace auscult
