#include <cstdlib>
#include <ctime>
#include <string>

#include <gtest/gtest.h>

#include "base/times.h"

namespace auscult {
namespace {

constexpr std::int64_t kHour = 3600 * 1000;
constexpr std::int64_t kNoon = 1769860800123;  // 2026-01-31T12:00:00.123Z

// The zone of the process, for one test.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string before_;
};

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST(ParseTime, TakesBackEveryTimeThatIsPrinted) {
  const Zone zone(kBerlin);
  EXPECT_EQ(iso_time(kNoon), "2026-01-31T12:00:00.123Z");
  EXPECT_EQ(parse_time(iso_time(kNoon), 0), kNoon);
  EXPECT_EQ(local_time(kNoon), "2026-01-31 13:00:00 +01:00");
  EXPECT_EQ(parse_time(local_time(kNoon), 0), kNoon - 123);
  EXPECT_EQ(parse_time("2026-01-31T12-00-00.123Z", 0), kNoon) << "as in the names of clips";
}

TEST(ParseTime, TheHourThatComesTwiceIsToldApart) {
  const Zone zone(kBerlin);
  const std::int64_t first = *parse_time("2026-10-25T00:30:00Z", 0);
  EXPECT_EQ(local_time(first), "2026-10-25 02:30:00 +02:00");
  EXPECT_EQ(local_time(first + kHour), "2026-10-25 02:30:00 +01:00");
  EXPECT_EQ(parse_time(local_time(first), 0), first);
  EXPECT_EQ(parse_time(local_time(first + kHour), 0), first + kHour);
}

TEST(ParseTime, TakesIso8601AndSpansBeforeNow) {
  const Zone zone(kBerlin);
  for (const char* text : {"2026-01-31T13:00", "2026-01-31 13:00", "2026-01-31T12:00Z", "2026-01-31T07:00:00-05:00",
                           "2026-01-31T17:30:00+0530", "2026-01-31T14:00:00.000+02"})
    EXPECT_EQ(parse_time(text, 0), kNoon - 123) << text;
  EXPECT_EQ(parse_time("2026-01-31", 0), kNoon - 123 - 13 * kHour);
  EXPECT_EQ(parse_time("7d", kNoon), kNoon - 7 * 24 * kHour);
  EXPECT_EQ(parse_time("2 days ago", kNoon), kNoon - 48 * kHour);
  EXPECT_EQ(parse_time("12h", kNoon), kNoon - 12 * kHour);
  EXPECT_EQ(parse_time("30 minutes ago", kNoon), kNoon - kHour / 2);
}

TEST(ParseTime, RefusesDaysThatDoNotExist) {
  for (const char* text : {"2026-02-31", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-31T24:01", "yesterdayish",
                           "", "2026-01", "31.01.2026", "2026-01-31T08:30 o'clock"}) {
    const auto time = parse_time(text, 0);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::usage);
    EXPECT_FALSE(time.error().hint.empty());
  }
  EXPECT_TRUE(parse_time("2028-02-29", 0));
}

TEST(TimeInName, IsFoundWhereRecordersPutIt) {
  const Zone zone(kBerlin);
  const std::int64_t wanted = *parse_time("2024-01-31T08:30:00+01:00", 0);
  for (const char* name : {"PUMP1_20240131_083000.wav", "20240131T083000.flac", "2024-01-31_08-30-00_left.wav",
                           "a.20240131-083000.wav", "2024-01-31T07-30-00.000Z_event3.flac", "X_20240131083000.wav"})
    EXPECT_EQ(time_in_name(name), wanted) << name;
  for (const char* name : {"pump.wav", "section_00_source_test_normal_0001.wav", "20240231_083000.wav", "00000012.wav",
                           "20240131.wav", "920240131083000.wav"})
    EXPECT_EQ(time_in_name(name), std::nullopt) << name;
}

TEST(IsoTime, CountsTowardsThePastBefore1970) {
  EXPECT_EQ(iso_time(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace auscult
