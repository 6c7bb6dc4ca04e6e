// The central promise: any chunking of the same samples, live or in batch, gives the same energies, u and fused score,
// bit for bit.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::HopRecord;
using test::Samples;

const Samples& sound() {
  static const Samples samples =
      test::machine_sound(6.0, {.seed = 40, .fault = 0.05, .fault_begin_s = 3.0, .fault_end_s = 4.0});
  return samples;
}

// A stretch of sound, then `lost` samples missing.
struct Stretch {
  std::size_t samples;
  std::int64_t lost;
};

HopRecord run(std::span<const float> samples, const std::vector<std::size_t>& sizes, ScorerMode mode,
              const std::vector<Stretch>& gaps = {}) {
  HopRecord record;
  Scorer scorer(test::tiny_model(), {mode, /*controls=*/true});
  const HopSink sink = record.sink();
  for (const Stretch& stretch : gaps) {
    const auto part = samples.first(std::min(stretch.samples, samples.size()));
    test::in_pieces(part, sizes, [&](auto piece) { scorer.push(piece, sink); });
    scorer.gap(stretch.lost, sink);
    samples = samples.subspan(part.size());
  }
  test::in_pieces(samples, sizes, [&](auto piece) { scorer.push(piece, sink); });
  scorer.finish(sink);
  return record;
}

const std::vector<std::size_t> kSizes = {1, 7, 160, 512, 4096, 1000000};

TEST(ScorerChunking, GivesBitIdenticalEnergiesOfBothDetectors) {
  const HopRecord whole = run(sound(), {sound().size()}, ScorerMode::live);
  int frames = 0, summary = 0;
  for (const StepEnergy& step : whole.steps) ++(step.detector == 0 ? frames : summary);
  EXPECT_GT(frames, 150);
  EXPECT_GT(summary, 15);
  for (const std::size_t size : kSizes)
    for (const ScorerMode mode : {ScorerMode::live, ScorerMode::batch})
      EXPECT_TRUE(run(sound(), {size}, mode) == whole) << "pieces of " << size;
}

TEST(ScorerChunking, HoldsAcrossGaps) {
  const std::vector<Stretch> gaps = {{20000, 1000}, {700, 1}, {9000, 16000}, {0, 5}, {30000, 0}};
  const HopRecord whole = run(sound(), {sound().size()}, ScorerMode::live, gaps);
  for (const std::size_t size : kSizes)
    for (const ScorerMode mode : {ScorerMode::live, ScorerMode::batch})
      EXPECT_TRUE(run(sound(), {size}, mode, gaps) == whole) << "pieces of " << size;
}

TEST(ScorerChunking, HoldsForStreamsOfEveryShortLength) {
  for (std::size_t size = 0; size < 20000; size += 640) {
    const auto samples = std::span(sound()).first(size);
    EXPECT_TRUE(run(samples, {333}, ScorerMode::live) == run(samples, {100000}, ScorerMode::batch))
        << size << " samples";
  }
}

TEST(ScorerChunking, TwoScorersOnOneModelDoNotDisturbEachOther) {
  const HopRecord alone = run(sound(), {512}, ScorerMode::live);
  HopRecord a, b;
  Scorer first(test::tiny_model(), {ScorerMode::live, true}), second(test::tiny_model(), {ScorerMode::batch, true});
  test::in_pieces(sound(), {512}, [&](auto piece) {
    first.push(piece, a.sink());
    second.push(piece, b.sink());
  });
  first.finish(a.sink());
  second.finish(b.sink());
  EXPECT_TRUE(a == alone);
  EXPECT_TRUE(b == alone);
}

RC_GTEST_PROP(ScorerChunking, RandomPiecesAndGapsChangeNothing, ()) {
  const auto samples = std::span(sound()).first(static_cast<std::size_t>(*rc::gen::inRange(0, 50000)));
  std::vector<Stretch> gaps;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    gaps.push_back({*rc::gen::inRange<std::size_t>(0, 20000), *rc::gen::inRange<std::int64_t>(0, 30000)});
  const auto sizes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 6000)));
  const HopRecord whole = run(samples, {samples.size() + 1}, ScorerMode::batch, gaps);
  RC_ASSERT(run(samples, sizes, ScorerMode::live, gaps) == whole);
  RC_ASSERT(run(samples, sizes, ScorerMode::batch, gaps) == whole);
}

}  // namespace
}  // namespace auscult
