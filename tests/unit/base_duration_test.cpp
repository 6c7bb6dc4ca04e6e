// Durations as text.
#include <gtest/gtest.h>

#include "base/duration.h"

namespace auscult {
namespace {

TEST(FormatDuration, SuitsThePrecisionToTheLength) {
  EXPECT_EQ(format_duration(0.0), "0.0 s");
  EXPECT_EQ(format_duration(0.84), "0.8 s");
  EXPECT_EQ(format_duration(12.3), "12 s");
  EXPECT_EQ(format_duration(99.0), "99 s");
  EXPECT_EQ(format_duration(125.0), "2 min 05 s");
  EXPECT_EQ(format_duration(3725.0), "1 h 02 min");
  EXPECT_EQ(format_duration(360000.0), "100 h 00 min");
}

TEST(FormatDuration, RoundsIntoTheNextUnit) {
  EXPECT_EQ(format_duration(9.94), "9.9 s");
  EXPECT_EQ(format_duration(9.96), "10 s");
  EXPECT_EQ(format_duration(99.6), "1 min 40 s");
  EXPECT_EQ(format_duration(119.7), "2 min 00 s");
  EXPECT_EQ(format_duration(3599.4), "59 min 59 s");
  EXPECT_EQ(format_duration(3599.6), "1 h 00 min");
}

TEST(FormatDuration, TakesNegativeAsZero) {
  EXPECT_EQ(format_duration(-3.0), "0.0 s");
}

}  // namespace
}  // namespace auscult
