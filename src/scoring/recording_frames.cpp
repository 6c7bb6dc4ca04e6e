#include "scoring/recording_frames.h"

#include <cstdio>
#include <optional>

#include "audio/audio_file.h"
#include "scoring/file_blocks.h"

namespace auscult {
namespace {

Error no_frame(const InputCounts& input, const FrontendConfig& frontend, const std::filesystem::path& path) {
  if (input.invalid > 0) return no_usable_sound(input, path.string());
  char text[64];
  std::snprintf(text, sizeof text, "too short: needs %.3f s",
                static_cast<double>(frontend.n_fft) / frontend.sample_rate);
  return {ErrorCode::too_short, text, path.string(), "use a longer recording"};
}

}  // namespace

Result<RecordingFrames> read_frames(const std::filesystem::path& path, const FrontendConfig& frontend,
                                    const FeatureStreamOptions& options, const CancelFlag* cancel) {
  RecordingFrames frames;
  FeatureStream stream(frontend, {}, options);
  const FeatureSink sink{.hop = [&](const FeatureHop& hop) {
    frames.log_mels.insert(frames.log_mels.end(), hop.frame->log_mel.begin(), hop.frame->log_mel.end());
  }};
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  AUSCULT_TRY(read_blocks(reader, path, std::nullopt, cancel, [&](const FileBlock& block) {
    return stream.push(block.interleaved, block.channels, block.sample_rate, 0, sink);
  }));
  stream.finish(sink);
  frames.input = stream.input();
  if (frames.log_mels.empty()) return tl::unexpected(no_frame(frames.input, frontend, path));
  return frames;
}

}  // namespace auscult
