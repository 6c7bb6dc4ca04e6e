// Another microphone, rate or level than in training is reported, without false warnings.
#include <limits>

#include <gtest/gtest.h>

#include "monitor/mismatch.h"

namespace auscult {
namespace {

Model learned_model() {
  Model model;
  model.level = {-35.0F, -25.0F, -50.0F};
  model.training.device = "USB mic";
  model.training.source_rate = 48000;
  model.training.source_channels = 2;
  return model;
}

SourceInfo same_source() {
  return {.name = "USB mic", .host_api = "ALSA", .sample_rate = 48000, .channels = 2, .live = true};
}

std::vector<MismatchKind> kinds(const std::vector<Mismatch>& found) {
  std::vector<MismatchKind> result;
  for (const Mismatch& mismatch : found) {
    EXPECT_FALSE(mismatch.title.empty());
    EXPECT_NE(mismatch.advice.find("train again"), std::string::npos) << "what to do: " << mismatch.advice;
    result.push_back(mismatch.kind);
  }
  return result;
}

TEST(Mismatch, NoneForWhatWasLearned) {
  for (const double level : {-40.0, -35.0, -30.0, -25.0, -20.0})
    EXPECT_TRUE(mismatches(learned_model(), same_source(), level).empty()) << level;
  EXPECT_TRUE(mismatches(learned_model(), same_source(), std::nullopt).empty());
}

TEST(Mismatch, AnotherDeviceRateOrChannelCount) {
  SourceInfo source = same_source();
  source.name = "Webcam";
  source.sample_rate = 16000;
  source.channels = 1;
  EXPECT_EQ(kinds(mismatches(learned_model(), source, -30.0)),
            (std::vector{MismatchKind::device, MismatchKind::rate, MismatchKind::channels}));
}

TEST(Mismatch, AnInputThatIsTooSlowForTheModel) {
  SourceInfo source = same_source();
  source.sample_rate = 8000;
  const auto found = mismatches(learned_model(), source, -30.0);
  EXPECT_EQ(kinds(found), std::vector{MismatchKind::rate});
  EXPECT_NE(found.at(0).advice.find("nothing above 4000 Hz"), std::string::npos) << found.at(0).advice;
  EXPECT_NE(found.at(0).advice.find("up to 8000 Hz"), std::string::npos) << found.at(0).advice;
}

TEST(MissingFrequencies, AreThoseBetweenTheInputAndTheModel) {
  Model model = learned_model();
  for (const int rate : {16000, 44100, 384000}) EXPECT_FALSE(missing_frequencies(model, rate)) << rate;
  EXPECT_TRUE(missing_frequencies(model, 15999));
  model.preset.frontend.f_max = 96000.0;
  EXPECT_TRUE(missing_frequencies(model, 44100));
  model.training.source_rate = 44100;
  EXPECT_FALSE(missing_frequencies(model, 44100)) << "the model was trained without them";
  EXPECT_FALSE(missing_frequencies(model, 0)) << "unknown";
}

TEST(Mismatch, LoudnessOutsideTheLearnedRange) {
  EXPECT_EQ(kinds(mismatches(learned_model(), same_source(), -18.0)), std::vector{MismatchKind::too_loud});
  EXPECT_EQ(kinds(mismatches(learned_model(), same_source(), -42.0)), std::vector{MismatchKind::too_quiet});
}

TEST(Mismatch, AMachineThatIsOffIsNotTooQuiet) {
  EXPECT_TRUE(mismatches(learned_model(), same_source(), -60.0).empty());
  EXPECT_TRUE(mismatches(learned_model(), same_source(), -std::numeric_limits<double>::infinity()).empty());
}

TEST(Mismatch, WhatTheModelDoesNotKnowIsNotCompared) {
  Model from_files = learned_model();
  from_files.training.device.clear();
  SourceInfo source = same_source();
  source.name = "Webcam";
  source.channels = 1;
  EXPECT_TRUE(mismatches(from_files, source, -30.0).empty());
  SourceInfo recording = same_source();
  recording.live = false;
  recording.name = "night.wav";
  recording.channels = 1;
  EXPECT_TRUE(mismatches(learned_model(), recording, -30.0).empty()) << "a recording is no microphone";
}

TEST(Mismatch, ADemoModelFitsNothingAndIsNotCompared) {
  Model demo = learned_model();
  demo.purpose = Purpose::demo;
  EXPECT_TRUE(
      mismatches(demo, {.name = "Webcam", .host_api = "", .sample_rate = 8000, .channels = 1, .live = true}, 0.0)
          .empty());
}

}  // namespace
}  // namespace auscult
