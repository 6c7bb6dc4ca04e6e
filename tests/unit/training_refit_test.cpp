// Retraining: recordings found by their content, and added sound.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "dataset/split.h"
#include "support/tiny_model.h"
#include "training/refit.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::machine_sound;
using test::Samples;
using test::TempDir;

// Twelve recordings of a machine, a model trained on them, and a sound that the model considers anomalous.
class RefitModel : public testing::Test {
 protected:
  void SetUp() override {
    test::write_normal_clips(folder_ / "normal", 12);
    test::write_sound(folder_ / "odd.wav", machine_sound(4.0, {.seed = 50, .fault = 0.05}));
    auto trained = train_model(test::tiny_request(folder_ / "normal"));
    ASSERT_TRUE(trained) << to_message(trained.error());
    model_ = trained->model;
  }
  RefitRequest request(std::vector<fs::path> added) const {
    return {.model = model_, .recordings = {folder_ / "normal"}, .added = std::move(added), .threads = 1};
  }
  TempDir folder_;
  std::shared_ptr<const Model> model_;
};

TEST_F(RefitModel, TakesWhatWasAddedForNormalAndSaysHowMuch) {
  const auto again = refit_model(request({folder_ / "odd.wav"}));
  ASSERT_TRUE(again) << to_message(again.error());
  ASSERT_EQ(again->effects.size(), 1U);
  EXPECT_EQ(again->effects[0].path, folder_ / "odd.wav");
  EXPECT_GT(again->effects[0].before, model_->live_threshold()) << "it was an alarm";
  EXPECT_LT(again->effects[0].after, 0.5 * again->effects[0].before);
}

TEST_F(RefitModel, DoesNotForgetASecondStateWithoutAWord) {
  test::write_sound(folder_ / "state.wav", machine_sound(4.0, {.seed = 60, .fault = 0.02}));
  auto adapted = std::make_shared<Model>(*model_);
  adapted->training.adapted_digests = {*file_digest(folder_ / "state.wav")};
  model_ = adapted;
  const auto forgets = refit_model(request({folder_ / "odd.wav"}));
  ASSERT_FALSE(forgets);
  EXPECT_EQ(forgets.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(forgets.error().what.find("forget 1"), std::string::npos);
  const auto learns = refit_model(request({folder_ / "odd.wav", folder_ / "state.wav"}));
  ASSERT_TRUE(learns) << to_message(learns.error());
  EXPECT_TRUE(learns->trained.model->training.adapted_digests.empty()) << "now it is training sound";
}

TEST_F(RefitModel, SetsThresholdsByTheOldRecordingsAlone) {
  const auto again = refit_model(request({folder_ / "odd.wav"}));
  ASSERT_TRUE(again) << to_message(again.error());
  const Model& model = *again->trained.model;
  EXPECT_EQ(model.training.held_out_seconds, model_->training.held_out_seconds) << "the added sound is not held out";
  EXPECT_EQ(model.training.clips, model_->training.clips + 1);
  EXPECT_EQ(model.training.file_digests.size(), 13U);
  EXPECT_EQ(model.training.added_digests, std::vector<std::string>{*file_digest(folder_ / "odd.wav")});
  EXPECT_EQ(model.preset.name, model_->preset.name);
  EXPECT_EQ(model.training.seed, model_->training.seed);
}

TEST_F(RefitModel, KnowsAMachineThatIsOffAsBeforeAlsoWhereItWasSwitchedOffInWhatWasAdded) {
  Samples stopping = machine_sound(6.0, {.seed = 60, .fault = 0.05});
  for (std::size_t n = stopping.size() / 2; n < stopping.size(); ++n) stopping[n] *= 1e-4F;
  test::write_sound(folder_ / "stopping.wav", stopping);
  const auto again = refit_model(request({folder_ / "stopping.wav"}));
  ASSERT_TRUE(again) << to_message(again.error());
  EXPECT_EQ(again->trained.model->level.off_dbfs, model_->level.off_dbfs);
  EXPECT_EQ(again->trained.model->level.low_dbfs, model_->level.low_dbfs);
  EXPECT_EQ(again->trained.model->level.high_dbfs, model_->level.high_dbfs);
}

TEST_F(RefitModel, RefusesAFileThatCannotBeReadBeforeItTrains) {
  test::write_file(folder_ / "text.wav", "no sound at all");
  const auto again = refit_model(request({folder_ / "text.wav"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::not_audio);
}

TEST_F(RefitModel, FindsTheRecordingsWhateverTheyAreCalled) {
  fs::create_directories(folder_ / "elsewhere" / "deep");
  int n = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "normal"))
    fs::copy_file(entry.path(), folder_ / "elsewhere" / "deep" / ("x" + std::to_string(100 - n++) + ".wav"));
  test::write_sound(folder_ / "elsewhere" / "other.wav", machine_sound(3.0, {.seed = 99}));
  const std::vector<fs::path> folders = {folder_ / "elsewhere"};
  const auto found = find_normal_set(model_->training, folders);
  ASSERT_TRUE(found) << to_message(found.error());
  EXPECT_EQ(found->clips.size(), 12U);
  EXPECT_TRUE(found->added.empty());
  EXPECT_TRUE(std::none_of(found->clips.begin(), found->clips.end(),
                           [](const Clip& clip) { return clip.path.filename() == "other.wav"; }));
}

TEST_F(RefitModel, SaysHowManyRecordingsAreMissing) {
  fs::remove(folder_ / "normal" / "03.wav");
  const auto again = refit_model(request({folder_ / "odd.wav"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(again.error().what.find("11 of the 12 training recordings"), std::string::npos) << again.error().what;
  EXPECT_FALSE(again.error().hint.empty());
}

TEST_F(RefitModel, AddsNothingTwice) {
  const auto known = refit_model(request({folder_ / "normal" / "00.wav"}));
  ASSERT_FALSE(known);
  EXPECT_NE(known.error().what.find("already"), std::string::npos);
  ASSERT_FALSE(refit_model(request({})));
  fs::copy_file(folder_ / "odd.wav", folder_ / "copy.wav");
  const auto twice = refit_model(request({folder_ / "odd.wav", folder_ / "copy.wav"}));
  ASSERT_TRUE(twice) << to_message(twice.error());
  EXPECT_EQ(twice->trained.model->training.added_digests.size(), 1U);
}

TEST_F(RefitModel, KeepsWhatWasAddedBeforeAndStillHoldsOutNoneOfIt) {
  fs::create_directories(folder_ / "added");
  fs::copy_file(folder_ / "odd.wav", folder_ / "added" / "odd.wav");
  const auto once = refit_model(request({folder_ / "odd.wav"}));
  ASSERT_TRUE(once);
  const fs::path file = folder_ / "once.safetensors";
  ASSERT_TRUE(save_model(*once->trained.model, file));
  RefitRequest second = request({});
  second.model = *load_model(file);
  test::write_sound(folder_ / "odder.wav", machine_sound(4.0, {.seed = 51, .fault = 0.08}));
  second.added = {folder_ / "odder.wav"};
  const auto incomplete = refit_model(second);
  ASSERT_FALSE(incomplete) << "the sound that was added before is one of its recordings";
  second.recordings.push_back(folder_ / "added");
  const auto twice = refit_model(second);
  ASSERT_TRUE(twice) << to_message(twice.error());
  EXPECT_EQ(twice->trained.model->training.added_digests.size(), 2U);
  EXPECT_EQ(twice->trained.model->training.held_out_seconds, model_->training.held_out_seconds);
}

TEST_F(RefitModel, AModelOfOneChannelOfSeveralLearnsAMonitorsMonoSound) {
  Model listening = *model_;
  listening.preset.channel = 1;  // as after learning in the window: mono recordings of an input with two channels
  listening.training.device = "USB mic";
  listening.training.source_rate = 48000;
  listening.training.source_channels = 2;
  RefitRequest of_second_channel = request({folder_ / "odd.wav"});
  of_second_channel.model = std::make_shared<Model>(listening);
  const auto again = refit_model(of_second_channel);
  // What it sounds like before cannot be told from this model; what matters is that it learns and listens to the same
  // channel.
  ASSERT_TRUE(again) << to_message(again.error());
  EXPECT_EQ(again->trained.model->preset.channel, 1);
  EXPECT_EQ(again->trained.model->training.source_rate, 48000);
  EXPECT_EQ(again->trained.model->training.source_channels, 2);
  EXPECT_EQ(again->trained.model->training.device, "USB mic");
}

TEST_F(RefitModel, WhatWasAddedIsKeptInTheFile) {
  const fs::path refitted = folder_ / "again.safetensors";
  const auto again = refit_model(request({folder_ / "odd.wav"}));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->trained.model->training.added_digests.size(), 1U);
  ASSERT_TRUE(save_model(*again->trained.model, refitted));
  EXPECT_EQ((*load_model(refitted))->training.added_digests, again->trained.model->training.added_digests);
}

}  // namespace
}  // namespace auscult
