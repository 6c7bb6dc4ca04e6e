// Any way in which a source delivers the same sound gives the same frames, feature vectors, gaps and times, bit for
// bit.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scoring/feature_stream.h"
#include "support/scoring.h"
#include "support/sounds.h"

namespace auscult {
namespace {

constexpr int kChannels = 3;

std::vector<DetectorConfig> detectors() {
  std::vector<DetectorConfig> all(3);
  all[0].input = Representation::frames;
  all[0].window = 5;
  all[0].step = 1;
  all[1].input = Representation::summary;
  all[1].window = 24;
  all[1].step = 8;
  all[1].min_window = 16;
  all[2].input = Representation::waveform;
  all[2].window = all[2].step = 7000;
  return all;
}

// Four seconds of three channels with unusable samples in them.
const std::vector<float>& sound() {
  static const std::vector<float> interleaved = [] {
    const test::Samples mono = test::machine_sound(4.0, {.seed = 7});
    std::vector<float> all;
    for (std::size_t i = 0; i < mono.size(); ++i)
      for (int c = 0; c < kChannels; ++c) all.push_back(mono[i] * (0.5F + 0.25F * static_cast<float>(c)));
    for (std::size_t i = 3 * 9001; i < 3 * 9002; ++i) all[i] = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t i = 3 * 30000; i < 3 * 30500; ++i) all[i] = 100.0F;
    return all;
  }();
  return interleaved;
}

struct Record {
  std::vector<std::uint64_t> bits;
  int frames = 0, vectors[3] = {}, gaps = 0;
  std::uint64_t tapped = 0;
  void put(double x) { bits.push_back(std::bit_cast<std::uint64_t>(x)); }
  FeatureSink sink() {
    FeatureSink into;
    into.hop = [this](const FeatureHop& hop) {
      for (const double x : {static_cast<double>(hop.index), hop.time_s, static_cast<double>(hop.running),
                             static_cast<double>(hop.frame != nullptr)})
        put(x);
      frames += hop.frame != nullptr;
      if (hop.frame)
        for (const float x : hop.frame->log_mel) put(static_cast<double>(x));
      for (const FeatureVector& vector : hop.vectors) {
        ++vectors[vector.detector];
        for (const float x : vector.values) put(static_cast<double>(x));
      }
    };
    into.samples = [this](std::span<const float> samples) { tapped += samples.size(); };
    into.gap = [this](std::int64_t lost) { put(static_cast<double>(lost)), ++gaps; };
    return into;
  }
};

Record run(const std::vector<std::size_t>& frames_a_piece, int rate, int channel) {
  Record record;
  FeatureStream stream(FrontendConfig{}, detectors(), {.channel = channel, .off_dbfs = -60.0});
  const FeatureSink sink = record.sink();
  std::vector<std::size_t> sizes = frames_a_piece;
  for (std::size_t& size : sizes) size *= kChannels;
  test::in_pieces(sound(), sizes,
                  [&](std::span<const float> piece) { EXPECT_TRUE(stream.push(piece, kChannels, rate, 0, sink)); });
  stream.finish(sink);
  record.put(static_cast<double>(stream.position()));
  return record;
}

TEST(FeatureStream, GivesTheSameBitsForAnyChunking) {
  for (const int rate : {16000, 44100})
    for (const int channel : {1, kMeanOfChannels}) {
      const Record whole = run({sound().size()}, rate, channel);
      EXPECT_GT(whole.frames, 30);
      EXPECT_EQ(whole.gaps, 2);
      for (const int count : whole.vectors) EXPECT_GT(count, 0);
      for (const std::size_t size : {1U, 7U, 160U, 512U, 4096U}) {
        const Record pieces = run({size}, rate, channel);
        EXPECT_TRUE(pieces.bits == whole.bits) << "pieces of " << size << " at " << rate << " Hz";
        EXPECT_EQ(pieces.tapped, whole.tapped);
      }
    }
}

RC_GTEST_PROP(FeatureStream, RandomPiecesChangeNothing, ()) {
  static const Record whole = run({sound().size()}, 16000, kMeanOfChannels);
  const auto sizes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 6000)));
  RC_ASSERT(run(sizes, 16000, kMeanOfChannels).bits == whole.bits);
}

}  // namespace
}  // namespace auscult
