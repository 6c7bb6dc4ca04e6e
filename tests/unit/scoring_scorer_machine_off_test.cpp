// A machine that is switched on is not an anomaly: sound from the time when it was off must not be judged.
#include <algorithm>

#include <gtest/gtest.h>

#include "scoring/clip_score.h"
#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::Samples;
using test::tiny_model;

Samples silence_then_machine() {
  Samples samples(static_cast<std::size_t>(4 * 16000), 0.0F);
  const Samples machine = machine_sound(6.0, {.seed = 70});
  samples.insert(samples.end(), machine.begin(), machine.end());
  return samples;
}

struct LargestScores {
  double judged = 0.0, unjudged = 0.0;
  std::int64_t judged_hops = 0;
};

LargestScores listen_to(const Samples& samples) {
  LargestScores largest;
  Scorer scorer(tiny_model());
  scorer.push(samples, [&](const Hop& hop) {
    double& score = hop.running ? largest.judged : largest.unjudged;
    score = std::max(score, hop.fused);
    largest.judged_hops += hop.running;
  });
  return largest;
}

TEST(ScorerMachineOff, SwitchingOnIsNotJudgedUntilEveryWindowHasLeftTheSilence) {
  const LargestScores always_on = listen_to(machine_sound(6.0, {.seed = 70}));
  const LargestScores switched_on = listen_to(silence_then_machine());
  EXPECT_GT(switched_on.unjudged, 10.0 * always_on.judged) << "the run-up itself does look abnormal";
  EXPECT_LE(switched_on.judged, 2.0 * always_on.judged);
  EXPECT_GT(switched_on.judged_hops, 60) << "judged again, some seconds later";
}

TEST(ScorerMachineOff, ClipIsScoredByTheTimeInWhichTheMachineRan) {
  ClipAccumulator accumulator(*tiny_model());
  Scorer scorer(tiny_model());
  const HopSink sink = [&](const Hop& hop) { accumulator.add(hop); };
  scorer.push(silence_then_machine(), sink);
  scorer.finish(sink);
  EXPECT_TRUE(accumulator.result().running);
  EXPECT_LT(accumulator.result().score, 2.0 * accumulator.result().threshold)
      << "with the run-up in it, it would be a hundred times that";
}

TEST(ScorerMachineOff, SilentClipHasAScoreButNoVerdict) {
  ClipAccumulator accumulator(*tiny_model());
  Scorer scorer(tiny_model());
  const HopSink sink = [&](const Hop& hop) { accumulator.add(hop); };
  scorer.push(Samples(static_cast<std::size_t>(4 * 16000), 0.0F), sink);
  scorer.finish(sink);
  EXPECT_FALSE(accumulator.result().running);
  EXPECT_GT(accumulator.result().score, accumulator.result().threshold);
  EXPECT_FALSE(accumulator.result().anomalous);
}

}  // namespace
}  // namespace auscult
