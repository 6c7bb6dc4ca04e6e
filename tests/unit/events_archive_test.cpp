#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "events/event_archive.h"
#include "events/event_database.h"
#include "support/events.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::event_record;

// The archive works on its own thread: wait for what must come.
bool becomes(const EventArchive& archive, const std::function<bool(const EventArchive::Listing&)>& condition) {
  return test::eventually([&] { return condition(*archive.listing()); });
}

struct EventArchiveTest : ::testing::Test {
  test::TempDir folder;
  std::filesystem::path path = folder / "events.db";
};

TEST_F(EventArchiveTest, ListsEventsOfEarlierRuns) {
  {
    EventArchive archive(path);
    archive.store(event_record(1, "yesterday"));
    EXPECT_TRUE(archive.close());
  }
  EventArchive archive(path);
  archive.store(event_record(2, "today"));
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.records.size() == 2; }));
  EXPECT_EQ(archive.listing()->records[0].ref.run, "today");
  EXPECT_EQ(archive.listing()->records[1].ref.run, "yesterday");
  EXPECT_EQ(archive.listing()->waiting, 0);
}

TEST_F(EventArchiveTest, VerdictAndNoteAreStoredAndListed) {
  EventArchive archive(path);
  archive.store(event_record(1));
  archive.set_verdict({"run1", 1}, Verdict::confirmed);
  archive.set_note({"run1", 1}, "seal");
  ASSERT_TRUE(becomes(
      archive, [](const EventArchive::Listing& l) { return !l.records.empty() && l.records[0].note == "seal"; }));
  ASSERT_TRUE(archive.close());
  auto database = EventDatabase::open(path);
  ASSERT_TRUE(database);
  EXPECT_EQ(database->query()->at(0).verdict, Verdict::confirmed);
}

TEST_F(EventArchiveTest, ShowsWhatIsAskedForAndCountsTheRest) {
  EventArchive archive(path);
  for (std::int64_t id = 1; id <= 5; ++id) archive.store(event_record(id));
  archive.show({.minimum_peak = 2.0, .limit = 3});
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.filter.limit == 3; }));
  EXPECT_EQ(archive.listing()->records.size(), 3U);
  EXPECT_EQ(archive.listing()->matching, 4);
}

TEST_F(EventArchiveTest, AnUnchangedListingKeepsItsRevision) {
  EventArchive archive(path);
  archive.store(event_record(1));
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.records.size() == 1; }));
  const auto revision = archive.listing()->revision;
  archive.store(event_record(1));
  archive.export_to(folder / "x.csv", ExportFormat::csv, {});  // done after the event before it
  std::optional<EventArchive::ExportOutcome> outcome;
  ASSERT_TRUE(test::eventually([&] { return (outcome = archive.take_export()).has_value(); }));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(archive.listing()->revision, revision);
}

TEST_F(EventArchiveTest, ExportsAllThatMatchesAndNotOnlyWhatIsShown) {
  EventArchive archive(path);
  for (std::int64_t id = 1; id <= 5; ++id) archive.store(event_record(id));
  archive.export_to(folder / "new" / "events.jsonl", ExportFormat::jsonl, {.minimum_peak = 2.0, .limit = 1});
  std::optional<EventArchive::ExportOutcome> outcome;
  ASSERT_TRUE(test::eventually([&] { return (outcome = archive.take_export()).has_value(); }));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->error);
  EXPECT_EQ(outcome->events, 4);
  const std::string text = test::read_file(folder / "new" / "events.jsonl");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_FALSE(archive.take_export()) << "told once";
}

TEST_F(EventArchiveTest, AnEventThatIsHeldIsListedAndJudgedButNeverWritten) {
  EventArchive archive(path);
  archive.store(event_record(1));
  archive.hold(event_record(2, "recording"));
  archive.set_verdict({"recording", 2}, Verdict::confirmed);
  archive.hold(event_record(2, "recording"));  // its end
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) {
    return l.records.size() == 2 && l.records[0].verdict == Verdict::confirmed;
  }));
  EXPECT_EQ(archive.listing()->matching, 2);
  EXPECT_EQ(archive.listing()->waiting, 0);
  ASSERT_TRUE(archive.close());
  auto database = EventDatabase::open(path);
  EXPECT_EQ(database->query()->size(), 1U);
}

}  // namespace
}  // namespace auscult
