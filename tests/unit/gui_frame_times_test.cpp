// Statistics of drawing times.
#include <gtest/gtest.h>

#include "gui/frame_times.h"

namespace auscult::gui {
namespace {

TEST(FrameTimes, AreQuantilesOfTheLatestPictures) {
  FrameTimes times;
  EXPECT_EQ(times.quantile(0.95), 0.0) << "none so far";
  for (int i = 100; i >= 1; --i) times.add(i);
  EXPECT_EQ(times.quantile(0.5), 51.0);
  EXPECT_EQ(times.quantile(0.95), 96.0);
  EXPECT_EQ(times.quantile(1.0), 100.0);
  for (int i = 0; i < 1024; ++i) times.add(2.0);
  EXPECT_EQ(times.count(), 1024U);
  EXPECT_EQ(times.quantile(1.0), 2.0) << "what is old is forgotten";
}

}  // namespace
}  // namespace auscult::gui
