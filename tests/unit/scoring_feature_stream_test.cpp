// From sound to feature vectors: taps, gaps, counters, and the two ways into a Scorer.
#include <limits>

#include <gtest/gtest.h>

#include "scoring/feature_stream.h"
#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::Samples;

TEST(FeatureStream, GivesTheTapASamplePieceBeforeTheFrameThatItCompletes) {
  FeatureStream stream{FrontendConfig{}};
  std::int64_t tapped = 0;
  int frames = 0;
  const FeatureSink sink{.hop =
                             [&](const FeatureHop& hop) {
                               ++frames;
                               EXPECT_GE(tapped, hop.frame->first_sample + 1024);
                               EXPECT_LT(tapped, hop.frame->first_sample + 1024 + 512);
                             },
                         .samples =
                             [&](std::span<const float> samples) {
                               EXPECT_LE(samples.size(), 512U);
                               tapped += static_cast<std::int64_t>(samples.size());
                             }};
  stream.push_samples(machine_sound(1.0), sink);
  stream.finish(sink);
  EXPECT_EQ(frames, 30);
  EXPECT_EQ(tapped, 16000);
  EXPECT_EQ(stream.position(), 16000);
  EXPECT_DOUBLE_EQ(stream.seconds(), 1.0);
}

TEST(FeatureStream, EndsAStretchBeforeItReportsTheGap) {
  DetectorConfig summary;  // 62 frames, at least 16
  summary.min_window = 16;
  FeatureStream stream(FrontendConfig{}, std::span(&summary, 1));
  std::vector<std::string> seen;
  const FeatureSink sink{.hop =
                             [&](const FeatureHop& hop) {
                               if (!hop.vectors.empty()) seen.push_back(hop.frame ? "frame" : "end");
                             },
                         .gap = [&](std::int64_t lost) { seen.push_back("gap " + std::to_string(lost)); }};
  stream.push_samples(machine_sound(1.0), sink);
  stream.gap(100, sink);
  EXPECT_EQ(seen, (std::vector<std::string>{"end", "gap 100"}));
  EXPECT_EQ(stream.position(), 16100);
}

TEST(FeatureStream, CountsWhatCameInAndSaysWhyNothingCameOut) {
  FeatureStream stream{FrontendConfig{}};
  const FeatureSink nothing;
  ASSERT_TRUE(stream.push(Samples(100, std::numeric_limits<float>::quiet_NaN()), 1, 16000, 0, nothing));
  ASSERT_TRUE(stream.push(Samples(50, 20000.0F), 1, 16000, 0, nothing));
  stream.finish(nothing);
  EXPECT_EQ(stream.input().samples, 150U);
  EXPECT_EQ(stream.input().invalid, 150U);
  EXPECT_EQ(stream.input().largest, 20000.0F);
  const Error error = no_usable_sound(stream.input(), "a.wav");
  EXPECT_EQ(error.code, ErrorCode::invalid_samples);
  EXPECT_NE(error.hint.find("--scale"), std::string::npos);
}

TEST(Scorer, TakesWhatASourceDeliversAsItTakesSamples) {
  const Samples samples = machine_sound(3.0, {.seed = 9, .fault = 0.05});
  Samples stereo, tapped;
  for (const float x : samples) stereo.insert(stereo.end(), {0.0F, x});
  test::HopRecord direct, delivered;
  Scorer first(test::tiny_model());
  first.push(samples, direct.sink());
  first.gap(40, direct.sink());
  first.push(samples, direct.sink());
  first.finish(direct.sink());
  std::int64_t lost = 0;
  ScorerOptions options{.mode = ScorerMode::live, .channel = 1};
  options.samples_tap = [&](std::span<const float> piece) { tapped.insert(tapped.end(), piece.begin(), piece.end()); };
  options.gap_tap = [&](std::int64_t n) { lost += n; };
  Scorer second(test::tiny_model(), options);
  ASSERT_TRUE(second.push(stereo, 2, 16000, 0, delivered.sink()));
  ASSERT_TRUE(second.push(stereo, 2, 16000, 40, delivered.sink()));
  second.finish(delivered.sink());
  EXPECT_TRUE(direct == delivered);
  EXPECT_EQ(tapped.size(), 2 * samples.size());
  EXPECT_EQ(lost, 40);
  EXPECT_EQ(second.features().input().samples, 2 * samples.size());
}

}  // namespace
}  // namespace auscult
