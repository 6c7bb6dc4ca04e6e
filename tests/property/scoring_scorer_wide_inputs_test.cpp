// The course presets' inputs keep the central promise: patches, flattened log-mels and samples give the same bits
// however the stream is cut, live and in batch, with gaps.
#include <array>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scoring/clip_score.h"
#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::HopRecord;
using test::Samples;

constexpr const char* kPreset = R"({"name": "wide", "description": "for tests",
  "detectors": [
    {"name": "conv", "input": "patch", "window": 64, "step": 8, "scaling": "min_max", "energy": "dagmm",
     "dagmm": {"network": {"kind": "conv", "hidden": [2, 2, 2, 2], "latent": 2, "activation": "relu", "components": 2, "sigmoid": true}, "schedule": {"batch_size": 16, "epochs": 1, "single_precision": true}}},
    {"name": "residual", "input": "patch", "window": 64, "step": 16, "scaling": "min_max", "energy": "dagmm",
     "dagmm": {"network": {"kind": "residual", "hidden": [2, 2, 2, 2], "latent": 2, "activation": "relu", "components": 2, "sigmoid": true}, "schedule": {"batch_size": 16, "epochs": 1, "single_precision": true}}},
    {"name": "mel", "input": "mel", "window": 40, "step": 10, "energy": "dagmm",
     "dagmm": {"network": {"hidden": [8], "latent": 2, "components": 2}, "schedule": {"batch_size": 16, "epochs": 1, "single_precision": true}}},
    {"name": "waveform", "input": "waveform", "window": 9000, "step": 3001, "energy": "dagmm",
     "dagmm": {"network": {"hidden": [8], "latent": 2, "components": 2}, "schedule": {"batch_size": 16, "epochs": 1, "single_precision": true}}}]})";

const std::shared_ptr<const Model>& wide_model() {
  static const std::shared_ptr<const Model> model = [] {
    const test::TempDir folder;
    test::write_normal_clips(folder / "normal", 12, 3.0);
    TrainRequest request = test::tiny_request(folder.path());
    request.preset = *parse_preset(kPreset);
    auto outcome = train_model(request);
    if (!outcome) throw std::runtime_error(to_message(outcome.error()));
    return outcome->model;
  }();
  return model;
}

const Samples& sound() {
  static const Samples samples =
      test::machine_sound(3.5, {.seed = 40, .fault = 0.05, .fault_begin_s = 1.0, .fault_end_s = 2.0});
  return samples;
}

struct Stretch {
  std::size_t samples;
  std::int64_t lost;
};

HopRecord run(std::span<const float> samples, const std::vector<std::size_t>& sizes, ScorerMode mode,
              const std::vector<Stretch>& gaps = {}) {
  HopRecord record;
  Scorer scorer(wide_model(), {mode, /*controls=*/mode == ScorerMode::batch});
  const HopSink sink = [&](const Hop& hop) {
    Hop bare = hop;  // controls are compared elsewhere
    std::vector<StepEnergy> fresh(hop.fresh.begin(), hop.fresh.end());
    for (StepEnergy& step : fresh) {
      step.untrained = 0.0;
      step.controls = {};
    }
    bare.fresh = fresh;
    record.add(bare);
  };
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

std::array<int, 4> count(const HopRecord& record) {
  std::array<int, 4> steps{};
  for (const StepEnergy& step : record.steps) ++steps[static_cast<std::size_t>(step.detector)];
  return steps;
}

TEST(ScorerWideInputs, GiveBitIdenticalEnergiesForAnyChunkingLiveAndInBatch) {
  const HopRecord whole = run(sound(), {sound().size()}, ScorerMode::live);
  // 56,000 samples are 108 frames: windows of 64 every 8 and every 16, of 40 every 10, and of 9,000 samples every
  // 3,001.
  EXPECT_EQ(count(whole), (std::array<int, 4>{6, 3, 7, 16}));
  for (const std::size_t size : {1U, 160U, 4096U, 1000000U})
    for (const ScorerMode mode : {ScorerMode::live, ScorerMode::batch}) {
      if (size == 1 && mode == ScorerMode::live) continue;
      EXPECT_TRUE(run(sound(), {size}, mode) == whole) << "pieces of " << size;
    }
}

TEST(ScorerWideInputs, AWindowOfSamplesThatEndsAfterTheLastFrameIsNotLost) {
  // Frames end at 8,704 and 9,216; the window of 9,000 ends between.
  EXPECT_EQ(count(run(std::span(sound()).first(8999), {512}, ScorerMode::live))[3], 0);
  const HopRecord record = run(std::span(sound()).first(9000), {512}, ScorerMode::live);
  EXPECT_EQ(count(record)[3], 1);
  EXPECT_TRUE(run(std::span(sound()).first(9000), {7}, ScorerMode::batch) == record);
}

TEST(ScorerWideInputs, DoNotReachAcrossAGap) {
  const HopRecord broken = run(sound(), {512}, ScorerMode::live, {{8000, 10}, {8000, 10}});
  const HopRecord fresh = run(std::span(sound()).subspan(16000), {512}, ScorerMode::live);
  ASSERT_EQ(broken.steps.size(), fresh.steps.size());
  for (std::size_t i = 0; i < fresh.steps.size(); ++i)
    EXPECT_EQ(broken.steps[i].energies.dagmm, fresh.steps[i].energies.dagmm);
}

TEST(ScorerWideInputs, AClipShorterThanTheShortestWindowSaysWhatIsNeeded) {
  const test::TempDir folder;
  test::write_sound(folder / "short.wav", test::machine_sound(0.5));
  const auto score = score_file(wide_model(), folder / "short.wav");
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().code, ErrorCode::too_short);
  EXPECT_NE(score.error().what.find("needs 0.56 s"), std::string::npos) << score.error().what;
}

RC_GTEST_PROP(ScorerWideInputs, RandomPiecesAndGapsChangeNothing, ()) {
  const auto samples = std::span(sound()).first(static_cast<std::size_t>(*rc::gen::inRange(0, 40000)));
  std::vector<Stretch> gaps;
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
    gaps.push_back({*rc::gen::inRange<std::size_t>(0, 20000), *rc::gen::inRange<std::int64_t>(0, 30000)});
  const auto sizes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 6000)));
  RC_ASSERT(run(samples, sizes, ScorerMode::live, gaps) == run(samples, {samples.size() + 1}, ScorerMode::batch, gaps));
}

}  // namespace
}  // namespace auscult
