#include <algorithm>

#include <gtest/gtest.h>

#include "base/times.h"
#include "events/clip_store.h"
#include "events/event_database.h"
#include "support/events.h"
#include "support/files.h"

namespace auscult {
namespace {

using test::event_record;

struct EventDatabaseTest : ::testing::Test {
  EventDatabase open(EventDatabase::Mode mode = EventDatabase::Mode::read_write) {
    auto database = EventDatabase::open(path, mode);
    if (!database) throw std::runtime_error(to_message(database.error()));
    return std::move(*database);
  }
  std::vector<Event> all(EventDatabase& database, const EventFilter& filter = {}) {
    auto found = database.query(filter);
    if (!found) throw std::runtime_error(to_message(found.error()));
    return *found;
  }
  std::vector<std::int64_t> ids(EventDatabase& database, const EventFilter& filter) {
    std::vector<std::int64_t> list;
    for (const Event& record : all(database, filter)) list.push_back(record.ref.id);
    return list;
  }
  test::TempDir folder;
  std::filesystem::path path = folder / "data" / "events.db";
};

using Ids = std::vector<std::int64_t>;

TEST_F(EventDatabaseTest, GivesBackEverythingThatWasStored) {
  Event record = event_record(7);
  record.source = "Mikrofon \"Küche\", links\n";
  record.note = "Lager; 'getauscht' 🔧";
  record.verdict = Verdict::confirmed;
  record.clip = folder / "clip.flac";
  test::write_file(record.clip, "sound");
  {
    auto database = open();
    ASSERT_TRUE(database.store(record));
  }
  auto database = open();
  const auto found = all(database);
  ASSERT_EQ(found.size(), 1U);
  record.clip_state = ClipState::kept;
  EXPECT_EQ(found[0], record);
}

TEST_F(EventDatabaseTest, TheEndOfAnEventUpdatesItsBeginningAndKeepsWhatAPersonSaid) {
  auto database = open();
  Event record = event_record(1);
  record.ended = false;
  ASSERT_TRUE(database.store(record));
  ASSERT_TRUE(database.set_verdict(record.ref, Verdict::false_alarm));
  ASSERT_TRUE(database.set_note(record.ref, "a door"));
  record.ended = true;
  record.peak_score = 99.0;
  ASSERT_TRUE(database.store(record));
  const auto found = all(database);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].ended);
  EXPECT_EQ(found[0].peak_score, 99.0);
  EXPECT_EQ(found[0].verdict, Verdict::false_alarm);
  EXPECT_EQ(found[0].note, "a door");
}

TEST_F(EventDatabaseTest, EventsOfTwoRunsWithOneNumberAreTwoEvents) {
  auto database = open();
  ASSERT_TRUE(database.store(event_record(1, "monday")));
  ASSERT_TRUE(database.store(event_record(1, "tuesday")));
  ASSERT_TRUE(database.set_verdict({"tuesday", 1}, Verdict::confirmed));
  const auto found = all(database);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].verdict, Verdict::confirmed);
  EXPECT_EQ(found[1].verdict, Verdict::unknown);
}

TEST_F(EventDatabaseTest, ListsNewestFirstPageByPage) {
  auto database = open();
  for (const std::int64_t id : {3, 1, 5, 2, 4}) ASSERT_TRUE(database.store(event_record(id)));
  EXPECT_EQ(ids(database, {}), (Ids{5, 4, 3, 2, 1}));
  EXPECT_EQ(ids(database, {.limit = 2}), (Ids{5, 4}));
  EXPECT_EQ(ids(database, {.limit = 2, .offset = 2}), (Ids{3, 2}));
  EXPECT_EQ(ids(database, {.limit = 2, .offset = 4}), (Ids{1}));
  EXPECT_EQ(database.count({.limit = 2}).value(), 5);
}

TEST_F(EventDatabaseTest, EachPartOfAFilterNarrows) {
  auto database = open();
  for (std::int64_t id = 1; id <= 4; ++id) ASSERT_TRUE(database.store(event_record(id)));
  ASSERT_TRUE(database.set_verdict({"run1", 2}, Verdict::confirmed));
  ASSERT_TRUE(database.set_note({"run1", 3}, "Bearing 50%_worn"));
  EXPECT_EQ(ids(database, {.verdict = Verdict::confirmed}), (Ids{2}));
  EXPECT_EQ(ids(database, {.verdict = Verdict::unknown}), (Ids{4, 3, 1}));
  EXPECT_EQ(ids(database, {.since_ms = test::kFirstEventMs + 180'000}), (Ids{4, 3}));
  EXPECT_EQ(ids(database, {.minimum_peak = 3.0}), (Ids{4, 3}));
  EXPECT_EQ(ids(database, {.text = "bEARing"}), (Ids{3}));
  EXPECT_EQ(ids(database, {.text = "50%_"}), (Ids{3})) << "signs have no meaning of their own";
  EXPECT_EQ(ids(database, {.text = "%"}), (Ids{3}));
  EXPECT_EQ(ids(database, {.text = "PUMP"}), (Ids{4, 3, 2, 1})) << "the model's name is looked at too";
  EXPECT_EQ(ids(database, {.verdict = Verdict::unknown, .minimum_peak = 4.0, .text = "default"}), (Ids{4}));
  EXPECT_EQ(database.count({.minimum_peak = 3.0}).value(), 2);
}

TEST_F(EventDatabaseTest, AFilterSelectsTheSameInMemoryAndInTheDatabase) {
  auto database = open();
  std::vector<Event> records;
  for (std::int64_t id = 1; id <= 12; ++id) {
    Event record = event_record(id);
    record.verdict = static_cast<Verdict>(id % 3);
    record.note = id % 2 == 0 ? "Even" : "odd Ä";
    records.push_back(record);
    ASSERT_TRUE(database.store(record));
  }
  const EventFilter filters[] = {{},
                                 {.verdict = Verdict::confirmed},
                                 {.text = "eVEN"},
                                 {.text = "ä"},
                                 {.text = "Ä"},
                                 {.minimum_peak = 6.0},
                                 {.since_ms = test::kFirstEventMs + 300'000, .text = "odd"}};
  for (const EventFilter& filter : filters) {
    std::vector<Event> expected;
    std::copy_if(records.begin(), records.end(), std::back_inserter(expected),
                 [&](const Event& r) { return matches(r, filter); });
    std::sort(expected.begin(), expected.end(), newer);
    EXPECT_EQ(all(database, filter), expected) << filter.text;
  }
}

TEST_F(EventDatabaseTest, AnUnknownEventIsNoErrorAndChangesNothing) {
  auto database = open();
  ASSERT_TRUE(database.store(event_record(1)));
  EXPECT_TRUE(database.set_verdict({"run1", 2}, Verdict::confirmed));
  EXPECT_TRUE(database.set_note({"other", 1}, "x"));
  EXPECT_EQ(all(database), (std::vector{event_record(1)}));
}

TEST_F(EventDatabaseTest, ASecondReaderSeesWhatTheFirstHasWritten) {
  auto writer = open();
  auto reader = open(EventDatabase::Mode::read_only);
  ASSERT_TRUE(writer.store(event_record(1)));
  EXPECT_EQ(all(reader).size(), 1U);
  EXPECT_FALSE(reader.store(event_record(2)));
}

TEST_F(EventDatabaseTest, ReadingMakesNoFile) {
  const auto opened = EventDatabase::open(path, EventDatabase::Mode::read_only);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::file_not_found);
  EXPECT_FALSE(std::filesystem::exists(path.parent_path()));
}

// A clip, written at that time.
void write_clip(const std::filesystem::path& file, std::int64_t written_ms) {
  test::write_file(file, "x");
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(written_ms)};
  std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(time));
}

constexpr std::int64_t kDayMs = 86'400'000;

TEST(ClipState, SaysWhatBecameOfAClip) {
  const test::TempDir folder;
  const auto clip = [&](const char* name) { return folder / (std::string(name) + "Z_event1.flac"); };
  std::vector<Event> records(5, event_record(1));
  for (Event& record : records) record.wall_time_ms = test::kFirstEventMs + 5 * kDayMs;
  records[1].wall_time_ms -= kDayMs;
  records[2].wall_time_ms += kDayMs;
  records[0].clip = clip("2026-01-05");  // there
  records[1].clip = clip("2026-01-01");  // older than all that are there: its room was needed
  records[2].clip = clip("2026-01-06");  // newer than others that are there: never written, or moved
  records[3].clip = clip("2026-01-07");  // the event has just ended
  write_clip(records[0].clip, records[0].wall_time_ms + 10'000);
  const std::int64_t now = test::kFirstEventMs + 10 * kDayMs;
  records[3].wall_time_ms = now - 3000;
  look_for_clips(records, now);
  EXPECT_EQ(records[0].clip_state, ClipState::kept);
  EXPECT_EQ(records[1].clip_state, ClipState::removed);
  EXPECT_EQ(records[2].clip_state, ClipState::missing);
  EXPECT_EQ(records[3].clip_state, ClipState::pending);
  EXPECT_EQ(records[4].clip_state, ClipState::none);
}

TEST(ClipState, GoesByTheOrderOfWritingWhereTheClockWasSetBack) {
  const test::TempDir folder;
  std::vector<Event> records(3, event_record(1));
  const std::int64_t before = test::kFirstEventMs + 9 * kDayMs, now = test::kFirstEventMs + 5 * kDayMs;
  records[0].wall_time_ms = before;               // its clip was deleted
  records[1].wall_time_ms = now - 3'600'000;      // set back; ClipStore gives the file a later time than all before
  records[2].wall_time_ms = before + 2 * kDayMs;  // not written, and no event of this moment
  for (Event& record : records) record.clip = folder / event_clip_name(record.wall_time_ms, 1).string();
  write_clip(records[1].clip, before + 3'600'000);
  look_for_clips(records, now);
  EXPECT_EQ(records[0].clip_state, ClipState::removed);
  EXPECT_EQ(records[1].clip_state, ClipState::kept);
  EXPECT_EQ(records[2].clip_state, ClipState::missing);
}

TEST(ClipState, OfARecordingGoesByTheTimeOfListening) {
  const test::TempDir folder;
  std::vector<Event> records(2, event_record(1));
  const std::int64_t now = test::kFirstEventMs + 1000 * kDayMs;
  for (Event& record : records) record.ref.run = iso_time(now - kDayMs) + "-17";
  records[1].ref.id = 2;
  for (Event& record : records) record.clip = folder / event_clip_name(record.wall_time_ms, record.ref.id).string();
  write_clip(folder / event_clip_name(now - 2 * kDayMs, 1).string(), now - 2 * kDayMs);
  look_for_clips(records, now);
  EXPECT_EQ(records[0].clip_state, ClipState::missing) << "an older clip is there";
  write_clip(records[1].clip, now - kDayMs + 5000);
  std::filesystem::remove(folder / event_clip_name(now - 2 * kDayMs, 1).string());
  look_for_clips(records, now);
  EXPECT_EQ(records[0].clip_state, ClipState::removed);
}

}  // namespace
}  // namespace auscult
