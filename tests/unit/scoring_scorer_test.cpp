// The scorer: the effect of a gap, when the machine counts as off, and how a clip's score is computed.
#include <cmath>
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>

#include "scoring/batch.h"
#include "scoring/clip_score.h"
#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::HopRecord;
using test::machine_sound;
using test::Samples;
using test::tiny_model;

HopRecord run(const Samples& samples) {
  HopRecord record;
  Scorer scorer(tiny_model());
  scorer.push(samples, record.sink());
  scorer.finish(record.sink());
  return record;
}

TEST(Scorer, TellsFaultFromNormal) {
  double normal = 0.0, faulty = 0.0;
  for (const StepEnergy& step : run(machine_sound(3.0, {.seed = 50})).steps) normal = std::max(normal, step.u);
  for (const StepEnergy& step : run(machine_sound(3.0, {.seed = 50, .fault = 0.2})).steps)
    faulty = std::max(faulty, step.u);
  EXPECT_GT(faulty, 2.0 * normal);
}

TEST(Scorer, TimesAreEndsOfWindowsInTheStream) {
  const HopRecord record = run(machine_sound(3.0));
  ASSERT_FALSE(record.steps.empty());
  for (const StepEnergy& step : record.steps)
    EXPECT_DOUBLE_EQ(step.time_s, (static_cast<double>(step.frame) * 512 + 1024) / 16000.0);
  EXPECT_EQ(record.steps.front().frame, 4) << "five stacked frames";
}

TEST(Scorer, FusedScoreIsTheLargestOfTheLatest) {
  double latest[2] = {-1.0, -1.0};
  Scorer scorer(tiny_model());
  const HopSink sink = [&](const Hop& hop) {
    for (const StepEnergy& step : hop.fresh) latest[step.detector] = step.u;
    if (latest[0] < 0 && latest[1] < 0) {
      EXPECT_FALSE(hop.leading_detector);
      EXPECT_FALSE(hop.judged());
      EXPECT_EQ(hop.fused, 0.0);
    } else {
      EXPECT_EQ(hop.fused, std::max(latest[0], latest[1]));
      ASSERT_TRUE(hop.leading_detector);
      EXPECT_EQ(hop.fused, latest[*hop.leading_detector]);
    }
  };
  scorer.push(machine_sound(3.0, {.fault = 0.1, .fault_begin_s = 1.0}), sink);
}

TEST(Fuse, IsNothingWithoutDetectors) {
  for (const Fusion fusion : {Fusion::max, Fusion::mean, Fusion::power}) EXPECT_EQ(fuse(fusion, {}, {}), 0.0);
}

TEST(Fuse, WeighsTheMeanAndNotTheLargest) {
  const std::vector<double> u = {1.0, 4.0}, weights = {3.0, 1.0};
  EXPECT_EQ(fuse(Fusion::max, u, weights), 4.0);
  EXPECT_DOUBLE_EQ(fuse(Fusion::mean, u, weights), 1.75);
  EXPECT_DOUBLE_EQ(fuse(Fusion::power, u, weights), std::pow((3.0 * 1.0 + 256.0) / 4.0, 0.25));
}

TEST(Fuse, OfEqualScoresIsThatScore) {
  const std::vector<double> u = {2.0, 2.0, 2.0}, weights = {0.5, 1.0, 2.0};
  for (const Fusion fusion : {Fusion::max, Fusion::mean, Fusion::power})
    EXPECT_DOUBLE_EQ(fuse(fusion, u, weights), 2.0);
}

// One detector alone sees the fault: the power mean stays closer to it than the mean.
TEST(Fuse, ByPowerLiesBetweenMeanAndLargest) {
  const std::vector<double> u = {0.2, 0.3, 6.0}, weights = {1.0, 1.0, 1.0};
  EXPECT_GT(fuse(Fusion::power, u, weights), fuse(Fusion::mean, u, weights));
  EXPECT_LT(fuse(Fusion::power, u, weights), fuse(Fusion::max, u, weights));
}

TEST(ScorerGap, WindowsDoNotReachAcrossAndTimeDoes) {
  const Samples before = machine_sound(2.0, {.seed = 60}), after = machine_sound(2.0, {.seed = 61});
  HopRecord record;
  Scorer scorer(tiny_model());
  scorer.push(before, record.sink());
  scorer.gap(8000, record.sink());
  const auto first_after = record.steps.size();
  scorer.push(after, record.sink());
  scorer.finish(record.sink());
  // What comes after is what a fresh scorer gives, half a second and the first stretch later.
  const HopRecord fresh = run(after);
  ASSERT_EQ(record.steps.size() - first_after, fresh.steps.size());
  for (std::size_t i = 0; i < fresh.steps.size(); ++i) {
    const StepEnergy &a = record.steps[first_after + i], &b = fresh.steps[i];
    EXPECT_EQ(a.energies.joint, b.energies.joint);
    EXPECT_EQ(a.detector, b.detector);
    EXPECT_DOUBLE_EQ(a.time_s, b.time_s + 2.5);
  }
}

TEST(ScorerGap, ForgetsTheScoreFromBefore) {
  HopRecord record;
  Scorer scorer(tiny_model());
  scorer.push(machine_sound(2.0, {.fault = 0.3}), record.sink());
  ASSERT_GT(record.last_fused, 1.0);
  scorer.gap(1, record.sink());
  scorer.push(machine_sound(0.1, {.seed = 3}), record.sink());
  EXPECT_EQ(record.last_fused, 0.0) << "too little sound since the gap for any energy";
}

TEST(ScorerGap, BeforeTheFirstSampleShiftsTheTime) {
  HopRecord record;
  Scorer scorer(tiny_model());
  scorer.gap(16000, record.sink());
  EXPECT_EQ(record.hops, 0);
  scorer.push(machine_sound(1.0), record.sink());
  ASSERT_FALSE(record.steps.empty());
  EXPECT_DOUBLE_EQ(record.steps.front().time_s, 1.0 + (4 * 512 + 1024) / 16000.0);
}

TEST(ScorerMachineOff, IsNotRunningAndNotJudged) {
  const HopRecord on = run(machine_sound(3.0)), off = run(machine_sound(3.0, {.gain = 1e-4}));
  EXPECT_TRUE(on.ran);
  EXPECT_FALSE(off.ran);
  EXPECT_FALSE(off.steps.empty()) << "energies are still computed";
}

TEST(ScorerMachineOff, AShortClipOfAMachineThatIsOffIsNotJudgedEither) {
  // Between min_window and window: its only value of the slow detector comes at its end.
  const HopRecord off = run(machine_sound(0.8, {.gain = 1e-4}));
  EXPECT_FALSE(off.ran);
  const test::TempDir folder;
  test::write_sound(folder / "off.wav", machine_sound(0.8, {.gain = 1e-4}));
  const auto score = score_file(tiny_model(), folder / "off.wav");
  ASSERT_TRUE(score) << to_message(score.error());
  EXPECT_FALSE(score->running);
  EXPECT_FALSE(score->anomalous);
}

TEST(ScorerMachineOff, DigitalSilenceIsFinite) {
  const HopRecord silent = run(Samples(48000, 0.0F));
  EXPECT_FALSE(silent.ran);
  for (const StepEnergy& step : silent.steps) EXPECT_TRUE(std::isfinite(step.energy) && std::isfinite(step.u));
}

// ---- clips
// ------------------------------------------------------------------------------------------------------------

TEST(ClipScore, PoolsEachDetectorAndTakesTheLargestU) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(3.0, {.seed = 70, .fault = 0.02}));
  ScoreFileOptions options;
  options.keep_steps = options.controls = true;
  const auto score = score_file(tiny_model(), folder / "a.wav", options);
  ASSERT_TRUE(score) << to_message(score.error());
  double largest = 0.0;
  for (std::size_t d = 0; d < 2; ++d) {
    double sum = 0.0;
    std::int64_t count = 0;
    for (const StepEnergy& step : score->steps)
      if (step.detector == static_cast<int>(d)) sum += step.energy, ++count;
    EXPECT_EQ(score->detectors[d].steps, count);
    EXPECT_NEAR(score->detectors[d].energy, sum / static_cast<double>(count), 1e-9 * std::abs(sum));
    largest = std::max(largest, tiny_model()->detectors[d].clip_calibration.u(score->detectors[d].energy));
  }
  EXPECT_EQ(score->score, largest);
  EXPECT_EQ(score->threshold, tiny_model()->clip_threshold);
  EXPECT_EQ(score->anomalous, largest > tiny_model()->clip_threshold);
  EXPECT_DOUBLE_EQ(score->seconds, 3.0);
}

TEST(ClipAccumulator, PoolsByMaximumWhereThePresetSaysSo) {
  Model model = *tiny_model();
  model.detectors[0].config.pooling = Pooling::max;
  ClipAccumulator clip(model);
  const auto add = [&](double energy) {
    StepEnergy step;
    step.energy = step.energies.dagmm = step.untrained = step.controls.mahalanobis = energy;
    Hop hop;
    hop.fresh = {&step, 1};
    clip.add(hop);
  };
  EXPECT_FALSE(clip.any());
  for (const double e : {-9.0, -3.0, -5.0}) add(e);
  EXPECT_TRUE(clip.any());
  EXPECT_EQ(clip.result().detectors[0].energy, -3.0) << "energies may be negative";
  EXPECT_EQ(clip.result().detectors[0].controls.mahalanobis, -3.0);
  EXPECT_TRUE(std::isnan(clip.result().detectors[1].energy)) << "it gave none";
  clip.clear();
  EXPECT_FALSE(clip.any());
  add(-7.0);
  EXPECT_EQ(clip.result().detectors[0].energy, -7.0);
}

TEST(ClipScore, OfAClipThatIsTooShortSaysWhatIsNeeded) {
  const test::TempDir folder;
  test::write_sound(folder / "short.wav", machine_sound(0.1));
  const auto score = score_file(tiny_model(), folder / "short.wav");
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().code, ErrorCode::too_short);
  EXPECT_NE(score.error().what.find("needs 0.19 s"), std::string::npos) << score.error().what;
}

TEST(ClipScore, OfAFileWithoutUsableSamplesSaysSo) {
  const test::TempDir folder;
  test::write_sound(folder / "nan.wav", Samples(32000, std::numeric_limits<float>::quiet_NaN()));
  Samples integers = machine_sound(2.0);
  for (float& x : integers) x *= 32768.0F;
  for (float& x : integers) x = std::abs(x) < 100.0F ? 100.0F : x;
  test::write_sound(folder / "integers.wav", integers);
  auto score = score_file(tiny_model(), folder / "nan.wav");
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().code, ErrorCode::invalid_samples);
  EXPECT_EQ(score.error().hint.find("--scale"), std::string::npos);
  score = score_file(tiny_model(), folder / "integers.wav");
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().code, ErrorCode::invalid_samples);
  EXPECT_NE(score.error().hint.find("--scale"), std::string::npos);
  ScoreFileOptions scaled;
  scaled.scale = 1.0 / 32768.0;
  EXPECT_TRUE(score_file(tiny_model(), folder / "integers.wav", scaled));
}

TEST(ScoreFiles, HandsResultsOutInOrderWhateverTheNumberOfJobs) {
  const test::TempDir folder;
  std::vector<std::filesystem::path> files;
  for (unsigned i = 0; i < 12; ++i) {
    files.push_back(folder / (std::to_string(i) + ".wav"));
    if (i == 5)
      test::write_file(files.back(), "this is no sound");
    else
      test::write_sound(files.back(), machine_sound(i % 3 == 0 ? 5.0 : 1.0, {.seed = i}));
  }
  std::vector<double> expected;
  for (const int jobs : {1, 2, 5, 32, 0}) {
    std::vector<double> scores;
    std::size_t next = 0;
    ASSERT_TRUE(score_files(tiny_model(), files, {.jobs = jobs, .score = {}},
                            [&](std::size_t i, const Result<ClipScore>& score) {
                              EXPECT_EQ(i, next++);
                              EXPECT_EQ(score.has_value(), i != 5);
                              scores.push_back(score ? score->score : -1.0);
                            }));
    EXPECT_EQ(next, files.size());
    if (expected.empty()) expected = scores;
    EXPECT_EQ(scores, expected) << jobs << " jobs";
  }
}

TEST(ScoreFiles, CanBeCancelled) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(1.0));
  const std::vector<std::filesystem::path> files(50, folder / "a.wav");
  CancelFlag cancel;
  int seen = 0;
  const auto status = score_files(tiny_model(), files, {},
                                  [&](std::size_t, const Result<ClipScore>&) {
                                    if (++seen == 3) cancel.request();
                                  },
                                  {nullptr, &cancel});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::cancelled);
  EXPECT_GE(seen, 3) << "what was complete is handed out, so that a resumed run need not repeat it";
  EXPECT_LT(seen, 50);
  EXPECT_NE(status.error().what.find("after " + std::to_string(seen) + " of 50"), std::string::npos)
      << status.error().what;
}

TEST(ScoreFiles, OfNothingIsNothing) {
  EXPECT_TRUE(score_files(tiny_model(), {}, {}, [](std::size_t, const Result<ClipScore>&) { FAIL(); }));
}

}  // namespace
}  // namespace auscult
