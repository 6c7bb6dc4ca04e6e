#include "scoring/file_blocks.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace auscult {
namespace {

constexpr std::int64_t kBlockFrames = 8192;

}  // namespace

Result<std::int64_t> read_blocks(AudioFileReader& reader, const std::filesystem::path& path,
                                 std::optional<std::int64_t> frames, const CancelFlag* cancel, const BlockSink& sink) {
  const int channels = reader.info().channels;
  const std::int64_t wanted = frames.value_or(std::numeric_limits<std::int64_t>::max());
  std::vector<float> buffer(static_cast<std::size_t>(kBlockFrames * channels));
  std::int64_t done = 0;
  while (done < wanted) {
    if (cancel && cancel->requested()) return fail(ErrorCode::cancelled, "interrupted");
    const auto next = static_cast<std::size_t>(std::min(wanted - done, kBlockFrames) * channels);
    AUSCULT_TRY_ASSIGN(const std::int64_t got, reader.read(std::span(buffer).first(next)));
    if (got == 0) break;
    done += got;
    if (auto taken = sink({std::span<const float>(buffer).first(static_cast<std::size_t>(got * channels)), channels,
                           reader.info().sample_rate});
        !taken) {
      if (taken.error().context.empty()) taken.error().context = path.string();
      return tl::unexpected(taken.error());
    }
  }
  return done;
}

}  // namespace auscult
