// Times of day in which nobody is notified.
#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "base/times.h"
#include "service/quiet_hours.h"

namespace auscult {
namespace {

// The time zone of Berlin while a test runs: an hour ahead of UTC in winter, two in summer.
class Berlin : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
};
using IsQuiet = Berlin;

std::int64_t at(const char* time) {
  return *parse_time(time, 0);
}

TEST(ParseQuietSpan, ReadsHoursAndMinutes) {
  EXPECT_EQ(*parse_quiet_span("22:00-06:30"), (QuietSpan{1320, 390}));
  EXPECT_EQ(*parse_quiet_span("00:00-24:00"), (QuietSpan{0, 1440}));
  for (const char* text :
       {"", "22:00", "22-06", "22:00-6:00", "24:01-06:00", "22:60-06:00", "22:00-06:00 ", "aa:bb-cc:dd"})
    EXPECT_FALSE(parse_quiet_span(text).has_value()) << text;
}

TEST_F(IsQuiet, FromTheBeginningToBeforeTheEnd) {
  const std::vector<QuietSpan> noon = {*parse_quiet_span("12:00-12:30")};
  EXPECT_FALSE(is_quiet(noon, at("2026-01-31T11:59:59")));
  EXPECT_TRUE(is_quiet(noon, at("2026-01-31T12:00:00")));
  EXPECT_TRUE(is_quiet(noon, at("2026-01-31T12:29:59")));
  EXPECT_FALSE(is_quiet(noon, at("2026-01-31T12:30:00")));
}

TEST_F(IsQuiet, AcrossMidnightInLocalTime) {
  const std::vector<QuietSpan> night = {*parse_quiet_span("22:00-06:00")};
  EXPECT_TRUE(is_quiet(night, at("2026-01-31T21:00:00Z"))) << "22:00 in winter";
  EXPECT_FALSE(is_quiet(night, at("2026-01-31T05:00:00Z"))) << "06:00 in winter";
  EXPECT_TRUE(is_quiet(night, at("2026-07-31T03:59:59Z"))) << "05:59:59 in summer";
  EXPECT_FALSE(is_quiet(night, at("2026-07-31T04:00:00Z"))) << "06:00 in summer";
}

TEST_F(IsQuiet, AllDayAndNever) {
  EXPECT_TRUE(is_quiet({*parse_quiet_span("00:00-24:00")}, at("2026-01-31T13:14:15")));
  EXPECT_TRUE(is_quiet({*parse_quiet_span("08:00-08:00")}, at("2026-01-31T07:00:00")));
  EXPECT_FALSE(is_quiet({}, at("2026-01-31T03:00:00")));
}

}  // namespace
}  // namespace auscult
