// Any chunking of the same samples gives the same frames and the same resampled samples, bit for bit.
#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dsp/log_mel_frontend.h"
#include "dsp/resampler.h"

namespace auscult {
namespace {

using Samples = std::vector<float>;

Samples noise(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 0.2F);
  Samples samples(count);
  for (float& x : samples) x = normal(random);
  return samples;
}

// Calls push(piece) for pieces of the given sizes, over and over, until the samples are used up.
template <class Push>
void in_pieces(std::span<const float> samples, const std::vector<std::size_t>& sizes, Push&& push) {
  for (std::size_t i = 0; !samples.empty(); ++i) {
    const auto piece = samples.first(std::min(sizes[i % sizes.size()], samples.size()));
    push(piece);
    samples = samples.subspan(piece.size());
  }
}

struct Frames {
  std::vector<std::int64_t> places;
  Samples values;
  bool operator==(const Frames&) const = default;
};

Frames frames_of(const Samples& samples, const std::vector<std::size_t>& sizes, const FrontendConfig& config = {}) {
  Frames frames;
  LogMelFrontend frontend(config);
  const auto keep = [&](const FrameView& frame) {
    frames.places.insert(frames.places.end(), {frame.index, frame.first_sample});
    frames.values.insert(frames.values.end(), frame.log_mel.begin(), frame.log_mel.end());
    for (std::size_t bin = 0; bin < frame.power.size(); ++bin) frames.values.push_back(frame.power_db(bin));
    frames.values.push_back(frame.level_dbfs);
  };
  in_pieces(samples, sizes, [&](std::span<const float> piece) { frontend.push(piece, keep); });
  return frames;
}

Samples resampled(const Samples& samples, double rate, const std::vector<std::size_t>& sizes) {
  auto resampler = Resampler::create(rate, 16000.0);
  Samples output;
  in_pieces(samples, sizes, [&](std::span<const float> piece) { resampler->process(piece, output); });
  resampler->finish(output);
  return output;
}

const std::vector<std::size_t> kSizes = {1, 7, 160, 512, 4096};

TEST(LogMelFrontendChunking, FramesDoNotDependOnBlockSize) {
  const Samples samples = noise(20000, 1);
  const Frames whole = frames_of(samples, {samples.size()});
  ASSERT_EQ(whole.places.size(), 2U * 38U);
  for (const std::size_t size : kSizes) EXPECT_TRUE(frames_of(samples, {size}) == whole) << size;
}

TEST(ResamplerChunking, ResampledSamplesDoNotDependOnBlockSize) {
  for (const double rate : {1000.0, 8000.0, 44100.0, 48000.0, 384000.0}) {
    const Samples samples = noise(30000, 2);
    const Samples whole = resampled(samples, rate, {samples.size()});
    ASSERT_FALSE(whole.empty());
    for (const std::size_t size : kSizes)
      EXPECT_TRUE(resampled(samples, rate, {size}) == whole) << rate << " Hz, blocks of " << size;
  }
}

TEST(LogMelFrontendChunking, AResampledStreamGivesTheSameFramesLiveAndWhole) {
  const Samples samples = noise(60000, 3);
  const Frames offline = frames_of(resampled(samples, 48000.0, {samples.size()}), {1U << 20U});
  Frames live;
  auto resampler = Resampler::create(48000.0, 16000.0);
  LogMelFrontend frontend{FrontendConfig{}};
  const auto keep = [&](const FrameView& frame) {
    live.values.insert(live.values.end(), frame.log_mel.begin(), frame.log_mel.end());
  };
  Samples ready;
  in_pieces(samples, {480}, [&](std::span<const float> piece) {
    ready.clear();
    resampler->process(piece, ready);
    frontend.push(ready, keep);
  });
  ready.clear();
  resampler->finish(ready);
  frontend.push(ready, keep);

  Samples expected;
  for (std::size_t frame = 0; frame < offline.places.size() / 2; ++frame) {
    const auto row = offline.values.begin() + static_cast<std::ptrdiff_t>(frame * (64 + 513 + 1));
    expected.insert(expected.end(), row, row + 64);
  }
  EXPECT_TRUE(live.values == expected);
}

RC_GTEST_PROP(LogMelFrontendChunking, FramesDoNotDependOnRandomPieces, ()) {
  FrontendConfig config;
  config.n_fft = 2 * *rc::gen::inRange(64, 400);
  config.hop_length = *rc::gen::inRange(1, config.n_fft + 1);
  config.n_mels = 12;
  RC_PRE(validate(config).has_value());
  const Samples samples = noise(static_cast<std::size_t>(*rc::gen::inRange(0, 6000)), *rc::gen::arbitrary<unsigned>());
  const auto sizes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 3000)));
  const Frames whole = frames_of(samples, {samples.size() + 1}, config);
  RC_ASSERT(static_cast<std::int64_t>(whole.places.size()) ==
            2 * config.frames_in(static_cast<std::int64_t>(samples.size())));
  RC_ASSERT(frames_of(samples, sizes, config) == whole);
}

RC_GTEST_PROP(ResamplerChunking, ResampledSamplesDoNotDependOnRandomPieces, ()) {
  const double rate = *rc::gen::inRange(1000, 384001);
  const Samples samples = noise(static_cast<std::size_t>(*rc::gen::inRange(0, 20000)), *rc::gen::arbitrary<unsigned>());
  const auto sizes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 5000)));
  RC_ASSERT(resampled(samples, rate, sizes) == resampled(samples, rate, {samples.size() + 1}));
}

}  // namespace
}  // namespace auscult
