#include "audio/synthetic_source.h"

#include <algorithm>
#include <utility>

#include "sample_source_paced.h"

namespace auscult {
namespace {

class SyntheticSource final : public audio::PacedSource {
 public:
  SyntheticSource(std::function<float(std::int64_t)> signal, const SyntheticSourceOptions& options)
      : PacedSource({.realtime = options.realtime}), signal_(std::move(signal)), options_(options) {}

 private:
  Result<SourceInfo> open() override {
    if (options_.sample_rate < 1 || options_.channels < 1 || options_.block_frames < 1 || options_.lose_every < 0 ||
        options_.lose_frames < 0)
      return fail(ErrorCode::bad_input, "rate, channels and block must be positive, losses not negative",
                  "synthetic source");
    position_ = delivered_ = 0;
    SourceInfo info;
    info.name = "synthetic signal";
    info.sample_rate = options_.sample_rate;
    info.channels = options_.channels;
    return info;
  }

  Result<std::int64_t> fill(SampleBlock& block) override {
    std::int64_t frames = options_.block_frames;
    if (options_.total_frames) frames = std::min(frames, *options_.total_frames - delivered_);
    block.header = {};
    block.header.sample_rate = options_.sample_rate;
    block.header.channels = options_.channels;
    if (options_.lose_every > 0 && frames > 0) {
      // A block ends where a loss begins, so that the loss has its exact position.
      const std::int64_t since_loss = delivered_ % options_.lose_every;
      if (since_loss == 0 && delivered_ > 0) block.header.lost_before = options_.lose_frames;
      frames = std::min(frames, options_.lose_every - since_loss);
    }
    position_ += block.header.lost_before;
    block.interleaved.clear();
    for (std::int64_t i = 0; i < frames; ++i)
      block.interleaved.insert(block.interleaved.end(), static_cast<std::size_t>(options_.channels),
                               signal_(position_ + i));
    position_ += frames;
    delivered_ += frames;
    return frames;
  }

  const std::function<float(std::int64_t)> signal_;
  const SyntheticSourceOptions options_;
  std::int64_t position_ = 0, delivered_ = 0;
};

}  // namespace

std::unique_ptr<SampleSource> make_synthetic_source(std::function<float(std::int64_t)> signal,
                                                    const SyntheticSourceOptions& options) {
  return std::make_unique<SyntheticSource>(std::move(signal), options);
}

}  // namespace auscult
