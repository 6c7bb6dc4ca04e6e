// Hints about sound for training: each names the problem and the remedy, and good sound gets none.
#include <gtest/gtest.h>

#include "gui/learn/quality.h"

namespace auscult::gui {
namespace {

using Seconds = std::vector<SecondLevel>;

Seconds steady(std::size_t count, float rms = -30.0F, float peak = -18.0F) {
  Seconds seconds;
  for (std::size_t i = 0; i < count; ++i) seconds.push_back({rms + (i % 2 ? 1.0F : 0.0F), peak, 0.0F, false});
  return seconds;
}

std::vector<QualityProblem> problems(const Seconds& seconds) {
  std::vector<QualityProblem> found;
  for (const QualityHint& hint : assess(seconds).hints) {
    EXPECT_FALSE(hint.title.empty());
    EXPECT_GT(hint.advice.size(), 20U) << "what to do about " << to_string(hint.problem);
    found.push_back(hint.problem);
  }
  return found;
}

TEST(Quality, SteadySoundAtAGoodLevelNeedsNoHint) {
  const QualityReport report = assess(steady(60));
  EXPECT_TRUE(report.hints.empty());
  EXPECT_FALSE(report.serious());
  EXPECT_NEAR(report.typical_dbfs, -29.5F, 0.6F);
  EXPECT_FLOAT_EQ(report.peak_dbfs, -18.0F);
  EXPECT_EQ(report.seconds, 60.0);
}

TEST(Quality, SilenceIsSeriousAndTooQuietDependsOnHowQuiet) {
  EXPECT_EQ(problems(steady(20, -120.0F, -110.0F)), std::vector{QualityProblem::silence});
  EXPECT_TRUE(assess(steady(20, -120.0F, -110.0F)).serious());
  EXPECT_EQ(problems(steady(20, -62.0F, -50.0F)), std::vector{QualityProblem::too_quiet});
  EXPECT_FALSE(assess(steady(20, -62.0F, -50.0F)).serious());
  EXPECT_TRUE(assess(steady(20, -80.0F, -65.0F)).serious());
}

TEST(Quality, OneClippedSecondIsANoteManyAreSerious) {
  Seconds seconds = steady(100);
  seconds[5].clipped = 0.001F;
  EXPECT_EQ(problems(seconds), std::vector{QualityProblem::clipping});
  EXPECT_FALSE(assess(seconds).serious());
  for (std::size_t i = 0; i < 10; ++i) seconds[10 * i].clipped = 0.01F;
  EXPECT_TRUE(assess(seconds).serious());
  EXPECT_NE(assess(seconds).hints.front().title.find("11 of 100"), std::string::npos)
      << assess(seconds).hints.front().title;
}

TEST(Quality, AMachineThatStoodStillIsSeriousAndTold) {
  Seconds seconds = steady(60);
  for (std::size_t i = 20; i < 26; ++i) seconds[i].rms_dbfs = -55.0F;
  EXPECT_EQ(problems(seconds), std::vector{QualityProblem::unstable});
  EXPECT_TRUE(assess(seconds).serious());
  EXPECT_NE(assess(seconds).hints.front().title.find("6 s"), std::string::npos);
}

TEST(Quality, AVaryingLevelIsANoteUnlessItVariesALot) {
  Seconds seconds = steady(60);
  for (std::size_t i = 0; i < 20; ++i) seconds[i].rms_dbfs = -20.0F;
  EXPECT_EQ(problems(seconds), std::vector{QualityProblem::unstable});
  EXPECT_FALSE(assess(seconds).serious());
  for (std::size_t i = 0; i < 20; ++i) seconds[i].rms_dbfs = -10.0F;
  EXPECT_TRUE(assess(seconds).serious());
}

TEST(Quality, DropoutsAreToldAndSeriousWhenThereAreMany) {
  Seconds seconds = steady(100);
  seconds[50].lost = true;
  EXPECT_EQ(problems(seconds), std::vector{QualityProblem::dropouts});
  EXPECT_FALSE(assess(seconds).serious());
  for (std::size_t i = 0; i < 10; ++i) seconds[i].lost = true;
  EXPECT_TRUE(assess(seconds).serious());
}

TEST(Quality, WhatIsSeriousComesFirst) {
  Seconds seconds = steady(60);
  seconds[3].clipped = 0.001F;
  for (std::size_t i = 20; i < 26; ++i) seconds[i].rms_dbfs = -55.0F;
  EXPECT_EQ(problems(seconds), (std::vector{QualityProblem::unstable, QualityProblem::clipping}));
}

TEST(Quality, TooLittleSoundGivesNoHints) {
  EXPECT_TRUE(problems(steady(2, -120.0F)).empty());
  EXPECT_TRUE(assess({}).hints.empty());
}

}  // namespace
}  // namespace auscult::gui
