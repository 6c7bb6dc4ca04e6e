// Levels of the last seconds, from the displayed history.
#include <cmath>

#include <gtest/gtest.h>

#include "gui/learn/recent_levels.h"
#include "support/gui_hops.h"

namespace auscult::gui {
namespace {

constexpr double kHop = 0.032;
constexpr int kHopsASecond = 31;

History heard(int seconds, float rms, int from = 0) {
  History history(4000, kHop);
  for (int i = 0; i < seconds * kHopsASecond; ++i) {
    LiveHop hop = test::hop_at(from + i, kHop);
    hop.level.rms_dbfs = rms;
    history.push(hop);
  }
  return history;
}

TEST(RecentLevels, AreThoseOfTheNewestWholeSecondsOldestFirst) {
  History history = heard(4, -30.0F);
  for (int i = 0; i < kHopsASecond; ++i) {
    LiveHop hop = test::hop_at(4 * kHopsASecond + i, kHop);
    hop.level = {.rms_dbfs = -20.0F, .peak_dbfs = 0.0F, .clipped = i == 3 ? 1 : 0, .samples = 512};
    hop.gap_before = i == 0 ? 100 : 0;
    history.push(hop);
  }
  const auto seconds = recent_seconds(history, 3);
  ASSERT_EQ(seconds.size(), 3U);
  EXPECT_NEAR(seconds[0].rms_dbfs, -30.0F, 0.01F);
  EXPECT_NEAR(seconds[2].rms_dbfs, -20.0F, 0.01F);
  EXPECT_EQ(seconds[2].peak_dbfs, 0.0F);
  EXPECT_GT(seconds[2].clipped, 0.0F);
  EXPECT_EQ(seconds[1].clipped, 0.0F);
  EXPECT_EQ(recent_seconds(history, 99).size(), 5U);
  EXPECT_TRUE(recent_seconds(History(100, kHop), 5).empty());
}

TEST(RecentLevels, MeanIsOfPowerAndNeedsFiveSeconds) {
  EXPECT_FALSE(recent_level(heard(4, -30.0F)));
  ASSERT_TRUE(recent_level(heard(6, -30.0F)));
  EXPECT_NEAR(*recent_level(heard(6, -30.0F)), -30.0, 0.01);
  History louder = heard(5, -30.0F);
  for (int i = 0; i < 5 * kHopsASecond; ++i) {
    LiveHop hop = test::hop_at(5 * kHopsASecond + i, kHop);
    hop.level.rms_dbfs = -20.0F;
    louder.push(hop);
  }
  EXPECT_NEAR(*recent_level(louder), 10.0 * std::log10(0.5 * (1e-3 + 1e-2)), 0.01);
}

}  // namespace
}  // namespace auscult::gui
