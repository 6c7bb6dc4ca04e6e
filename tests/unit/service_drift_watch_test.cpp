// A source's slow changes, day by day, over restarts.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "events/event_kind.h"
#include "service/drift_watch.h"
#include "support/files.h"

namespace auscult {
namespace {

constexpr std::int64_t kDay = 24 * 3'600'000;

struct DriftWatchTest : testing::Test {
  DriftWatchOptions options() const {
    return {.file = folder / "pump.json", .source = "pump", .model = "p", .model_mark = mark, .fewest = 100};
  }
  void start() { watch.emplace(options(), now); }
  // A day of sound whose median score is `u`; what is reported at its end.
  std::optional<Event> day(double u, bool quiet = false) {
    for (int i = 0; i < 100; ++i) watch->add(u + 0.01 * (i - 50));
    now += kDay;
    return watch->poll(now, quiet);
  }
  std::optional<Event> days(int count, double u) {
    std::optional<Event> found;
    for (int i = 0; i < count && !found; ++i) found = day(u);
    return found;
  }

  test::TempDir folder;
  std::string mark = "model-1";
  std::int64_t now = 1'000'000'000'000;
  std::optional<DriftWatch> watch;
};

TEST_F(DriftWatchTest, ReportsADriftOnceWithWhatCanBeDone) {
  start();
  EXPECT_FALSE(days(60, 0.6));
  const auto event = days(30, 2.0);
  ASSERT_TRUE(event.has_value());
  EXPECT_STREQ(kind_of(*event), "drift");
  EXPECT_EQ(event->source, "pump");
  EXPECT_FALSE(event->ended);
  EXPECT_EQ(event->wall_time_ms, now);
  EXPECT_NEAR(event->peak_score, 2.0, 0.02);
  EXPECT_NEAR(event->threshold, 0.6, 0.02);
  EXPECT_NE(event->note.find("auscult adapt p.safetensors"), std::string::npos) << event->note;
  EXPECT_NE(event->note.find("auscult refit"), std::string::npos);
  EXPECT_NE(to_json(*event).find("\"kind\":\"drift\""), std::string::npos);
  EXPECT_FALSE(days(30, 2.0)) << "once";
  const auto end = days(30, 0.6);
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->ended);
  EXPECT_EQ(end->ref, event->ref);
}

TEST_F(DriftWatchTest, KnowsOverARestartWhatItKnewBefore) {
  start();
  (void)days(25, 0.6);
  std::optional<Event> event;
  for (int i = 0; i < 30 && !event; ++i) {
    for (int k = 0; k < 60; ++k) watch->add(2.0);  // not enough for a day
    ASSERT_TRUE(watch->save());
    start();
    for (int k = 0; k < 60; ++k) watch->add(2.0);
    now += kDay;
    event = watch->poll(now, false);
  }
  ASSERT_TRUE(event.has_value());
  start();
  EXPECT_TRUE(watch->drifted());
  EXPECT_FALSE(day(2.0)) << "it is not reported again";
}

TEST_F(DriftWatchTest, ANewModelStartsAnewAndEndsTheDrift) {
  start();
  (void)days(25, 0.6);
  const auto event = days(30, 2.0);
  ASSERT_TRUE(event.has_value());
  mark = "model-2";
  start();
  EXPECT_FALSE(watch->drifted());
  const auto end = day(2.0);
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->ended);
  EXPECT_EQ(end->ref, event->ref);
}

TEST_F(DriftWatchTest, ADayWithLittleSoundSaysNothing) {
  start();
  (void)days(25, 0.6);
  for (int i = 0; i < 60; ++i) {
    watch->add(5.0);
    now += kDay;
    EXPECT_FALSE(watch->poll(now, false));
  }
  EXPECT_EQ(watch->progress(), 0.0);
}

TEST_F(DriftWatchTest, WaitsForTheEndOfQuietHours) {
  start();
  (void)days(25, 0.6);
  for (int i = 0; i < 100; ++i) watch->add(3.0);
  now += kDay;
  EXPECT_FALSE(watch->poll(now, true));
  EXPECT_EQ(watch->progress(), 0.0);
  now += kDay / 4;
  (void)watch->poll(now, false);
  EXPECT_GT(watch->progress(), 0.0);
}

TEST_F(DriftWatchTest, StartsAnewWhereItsFileIsDamaged) {
  for (const char* text : {"", "{", "[]", R"({"run": 3})", R"({"run":"","event_began_ms":0,"model":"model-1"})"}) {
    test::write_file(folder / "pump.json", text);
    start();
    EXPECT_FALSE(watch->drifted()) << text;
    EXPECT_FALSE(day(0.6)) << text;
  }
}

}  // namespace
}  // namespace auscult
