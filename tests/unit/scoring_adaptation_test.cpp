// A model that has learned one state of a machine, adapted to a second one from a few recordings.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "dataset/split.h"
#include "scoring/adaptation.h"
#include "scoring/clip_score.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::TempDir;

// Every kind of detector that the default has, small.
constexpr const char* kPreset = R"({"name": "small-monitor", "description": "for tests", "frontend": {"n_mels": 16},
  "detectors": [
    {"name": "dagmm", "input": "summary", "window": 31, "step": 8, "energy": "dagmm", "local": {"neighbours": 4, "whitening": 0.125},
     "dagmm": {"network": {"hidden": [16], "latent": 16, "estimation": [4], "components": 1}, "mixture": {"relative_ridge": true, "em_steps": 3}, "schedule": {"epochs": 2}}},
    {"name": "frames", "input": "frames", "window": 3, "energy": "contrast", "dagmm": {"network": {"hidden": [16], "latent": 8, "estimation": [4], "components": 1}, "mixture": {"em_steps": 3}, "schedule": {"epochs": 2}}},
    {"name": "summary", "input": "summary", "window": 31, "step": 8, "energy": "contrast", "dagmm": {"network": {"hidden": [16], "latent": 8, "estimation": [4], "components": 1}, "mixture": {"em_steps": 3}, "schedule": {"epochs": 2}}},
    {"name": "neighbour", "input": "summary", "window": 31, "step": 8, "energy": "neighbour", "members": 0}],
  "fusion": "mean", "calibration": {"folds": 4}})";

// The second state: the machine drives a tool that whines.
test::Samples second_state(unsigned seed) {
  return machine_sound(4.0, {.seed = seed, .fault = 0.05});
}

AdaptClip clip_at(const std::filesystem::path& path) {
  return {path, *file_digest(path)};
}

class Adaptation : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TempDir;
    test::write_normal_clips(*folder / "normal", 12);
    TrainRequest request = test::tiny_request(*folder / "normal");
    request.preset = *parse_preset(kPreset);
    auto trained = train_model(request);
    ASSERT_TRUE(trained) << to_message(trained.error());
    model = trained->model;
    for (unsigned i = 0; i < 4; ++i) {
      const auto path = *folder / ("tool" + std::to_string(i) + ".wav");
      test::write_sound(path, second_state(100 + i));
      clips.push_back(clip_at(path));
    }
    test::write_sound(*folder / "next.wav", second_state(200));
    test::write_sound(*folder / "first.wav", machine_sound(4.0, {.seed = 300}));
  }
  static void TearDownTestSuite() {
    delete folder;
    model = nullptr;
    clips.clear();
  }
  static double score(const std::shared_ptr<const Model>& judge, const std::filesystem::path& path) {
    const auto result = score_file(judge, path);
    EXPECT_TRUE(result);
    return result ? result->score : NAN;
  }
  static std::shared_ptr<const Model> adapted() {
    auto outcome = adapt_model({model, clips});
    EXPECT_TRUE(outcome);
    return outcome ? outcome->model : nullptr;
  }

  static TempDir* folder;
  static std::shared_ptr<const Model> model;
  static std::vector<AdaptClip> clips;
};
TempDir* Adaptation::folder = nullptr;
std::shared_ptr<const Model> Adaptation::model;
std::vector<AdaptClip> Adaptation::clips;

TEST_F(Adaptation, TheNextRecordingOfTheNewStateIsNormal) {
  EXPECT_GT(score(model, *folder / "next.wav"), model->clip_threshold);
  EXPECT_LT(score(adapted(), *folder / "next.wav"), model->clip_threshold);
}

TEST_F(Adaptation, TheOldStateIsScoredAsBeforeBitForBit) {
  const auto judge = adapted();
  EXPECT_EQ(score(judge, *folder / "first.wav"), score(model, *folder / "first.wav"));
  EXPECT_EQ(judge->clip_threshold, model->clip_threshold);
  EXPECT_EQ(judge->live_threshold(), model->live_threshold());
}

TEST_F(Adaptation, AFaultInTheNewStateIsStillOne) {
  test::Samples faulty = second_state(201);
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0.0F, 0.12F);
  for (float& sample : faulty) sample += noise(random);
  test::write_sound(*folder / "faulty.wav", faulty);
  EXPECT_GT(score(adapted(), *folder / "faulty.wav"), model->clip_threshold);
}

TEST_F(Adaptation, SaysWhatItChangesForClipsThatItHasNotSeen) {
  const auto outcome = adapt_model({model, clips});
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->effects.size(), clips.size());
  for (const AdaptEffect& effect : outcome->effects) {
    EXPECT_GT(effect.before, model->clip_threshold);
    EXPECT_LT(effect.after, effect.before);
  }
}

// Six recordings that differ more from each other than those of training did.
TEST_F(Adaptation, KeepsThePromisedFalseAlarmsInAStateThatVariesMore) {
  std::vector<AdaptClip> varied;
  for (unsigned i = 0; i < 6; ++i) {
    const auto path = *folder / ("varied" + std::to_string(i) + ".wav");
    test::write_sound(path, machine_sound(4.0, {.seed = 600 + i, .fault = 0.03 + 0.012 * i}));
    varied.push_back(clip_at(path));
  }
  const auto outcome = adapt_model({model, varied});
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  for (const AdaptEffect& effect : outcome->effects) EXPECT_LE(effect.after, model->clip_threshold) << effect.path;
}

// One recording that has nothing to do with the others.
TEST_F(Adaptation, AStrangeRecordingDoesNotBlindTheModelForFaultsOfTheOldState) {
  std::vector<AdaptClip> mixed = clips;
  test::Samples noise = machine_sound(4.0, {.seed = 700});
  std::mt19937 random(8);
  std::normal_distribution<float> loud(0.0F, 0.3F);
  for (float& sample : noise) sample += loud(random);
  test::write_sound(*folder / "strange.wav", noise);
  mixed.push_back(clip_at(*folder / "strange.wav"));
  const auto outcome = adapt_model({model, mixed});
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_FALSE(outcome->promise_kept);
  test::write_sound(*folder / "old_fault.wav", machine_sound(4.0, {.seed = 701, .fault = 0.008}));
  EXPECT_EQ(score(outcome->model, *folder / "first.wav"), score(model, *folder / "first.wav"));
  EXPECT_NEAR(score(outcome->model, *folder / "old_fault.wav"), score(model, *folder / "old_fault.wav"),
              0.2 * score(model, *folder / "old_fault.wav"));
}

TEST_F(Adaptation, SoundThatCannotTeachIsLeftOutWithItsReason) {
  std::vector<AdaptClip> mixed = clips;
  test::write_sound(*folder / "silent.wav", test::Samples(64000, 0.0F));
  test::write_sound(*folder / "slow.wav", machine_sound(4.0, {.seed = 800, .rate = 8000, .fault = 0.05}), 8000);
  test::write_sound(*folder / "short.wav", machine_sound(0.3, {.seed = 801}));
  test::write_file(*folder / "garbage.wav", "no sound");
  for (const char* name : {"silent.wav", "slow.wav", "short.wav", "garbage.wav"})
    mixed.push_back(clip_at(*folder / name));
  const auto outcome = adapt_model({model, mixed});
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_EQ(outcome->effects.size(), clips.size());
  ASSERT_EQ(outcome->left_out.size(), 4U);
  for (const Error& error : outcome->left_out) EXPECT_FALSE(error.context.empty()) << error.what;
}

TEST_F(Adaptation, WithOneRecordingItDoesNotClaimToKnowTheEffect) {
  const auto outcome = adapt_model({model, {clips.front()}});
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_TRUE(std::isnan(outcome->effects.front().after));
  EXPECT_LT(score(outcome->model, *folder / "next.wav"), score(model, *folder / "next.wav"));
}

TEST_F(Adaptation, IsKeptInTheModelFile) {
  const auto judge = adapted();
  ASSERT_TRUE(save_model(*judge, *folder / "adapted.safetensors"));
  const auto loaded = load_model(*folder / "adapted.safetensors");
  ASSERT_TRUE(loaded) << to_message(loaded.error());
  EXPECT_EQ(score(*loaded, *folder / "next.wav"), score(judge, *folder / "next.wav"));
  EXPECT_EQ((*loaded)->training.adapted_digests.size(), clips.size());
  EXPECT_EQ((*loaded)->training.file_digests, model->training.file_digests);
}

TEST_F(Adaptation, CanBeDoneAgainForAThirdState) {
  const auto judge = adapted();
  std::vector<AdaptClip> third;
  for (unsigned i = 0; i < 3; ++i) {
    const auto path = *folder / ("loud" + std::to_string(i) + ".wav");
    test::write_sound(path, machine_sound(4.0, {.seed = 400 + i, .gain = 3.0}));
    third.push_back(clip_at(path));
  }
  const auto outcome = adapt_model({judge, third});
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_LT(outcome->effects.front().after, outcome->effects.front().before);
  EXPECT_EQ(score(outcome->model, *folder / "next.wav"), score(judge, *folder / "next.wav"));
  EXPECT_EQ(outcome->model->training.adapted_digests.size(), clips.size() + third.size());
  EXPECT_GT(outcome->model->level.high_dbfs, judge->level.high_dbfs);
}

TEST_F(Adaptation, LearnsNothingTwice) {
  std::vector<AdaptClip> twice = clips;
  twice.push_back(clips.front());
  const auto outcome = adapt_model({model, twice});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->effects.size(), clips.size());
  EXPECT_EQ(outcome->known.size(), 1U);
  const auto again = adapt_model({outcome->model, clips});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::bad_input);
}

TEST_F(Adaptation, RefusesSoundOfAMachineThatStandsStill) {
  test::write_sound(*folder / "off.wav", machine_sound(4.0, {.seed = 500, .gain = 0.03}));
  const auto outcome = adapt_model({model, {clip_at(*folder / "off.wav")}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::bad_input);
  EXPECT_NE(outcome.error().what.find("does not run"), std::string::npos);
}

TEST_F(Adaptation, NeedsAModelThatKeepsWindows) {
  const auto outcome = adapt_model({test::tiny_model(), clips});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::model_mismatch);
  EXPECT_FALSE(outcome.error().hint.empty());
}

}  // namespace
}  // namespace auscult
