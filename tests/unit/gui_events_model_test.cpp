#include <cstdlib>

#include <gtest/gtest.h>

#include "gui/events_model.h"
#include "support/events.h"
#include "support/files.h"

namespace auscult::gui {
namespace {

using test::event_record;

// Records the list's requests.
struct EventsModelTest : ::testing::Test {
  EventsModel::Actions actions() {
    return {[this](EventFilter filter) { asked.push_back(std::move(filter)); },
            [this](const EventRef& ref, Verdict verdict) { verdicts.emplace_back(ref, verdict); },
            [this](const EventRef& ref, std::string note) { notes.emplace_back(ref, std::move(note)); },
            [this](std::filesystem::path path, ExportFormat format, EventFilter filter) {
              exported = path;
              export_format = format;
              export_filter = std::move(filter);
            },
            [this](std::filesystem::path path, double) { played = std::move(path); },
            [this](double time) { shown_times.push_back(time); }};
  }
  void list(std::vector<Event> records, std::int64_t matching = -1) {
    auto listing = std::make_shared<EventArchive::Listing>();
    listing->revision = ++revision;
    listing->matching = matching < 0 ? static_cast<std::int64_t>(records.size()) : matching;
    listing->records = std::move(records);
    model.set_listing(listing);
  }
  std::vector<EventFilter> asked;
  std::vector<std::pair<EventRef, Verdict>> verdicts;
  std::vector<std::pair<EventRef, std::string>> notes;
  std::filesystem::path exported, played;
  ExportFormat export_format = ExportFormat::jsonl;
  EventFilter export_filter;
  std::vector<double> shown_times;
  std::uint64_t revision = 0;
  EventsModel model{actions()};
};

TEST_F(EventsModelTest, AsksForTheNewestEventsAtOnce) {
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0], (EventFilter{.limit = EventsModel::kPage}));
}

TEST_F(EventsModelTest, AFilterIsAskedForOnceAndStartsWithTheFirstPage) {
  model.show_more();
  model.set_filter(Verdict::confirmed, "pump", 3.0);
  model.set_filter(Verdict::confirmed, "pump", 3.0);
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[1].limit, 2 * EventsModel::kPage);
  EXPECT_EQ(
      asked[2],
      (EventFilter{.verdict = Verdict::confirmed, .minimum_peak = 3.0, .text = "pump", .limit = EventsModel::kPage}));
  EXPECT_TRUE(model.filtered());
  model.set_filter(std::nullopt, "", 0.0);
  EXPECT_FALSE(model.filtered());
}

TEST_F(EventsModelTest, SaysWhenThereIsMoreThanIsShown) {
  list({event_record(2), event_record(1)}, 7);
  EXPECT_TRUE(model.has_more());
  list({event_record(2), event_record(1)});
  EXPECT_FALSE(model.has_more());
}

TEST_F(EventsModelTest, SelectingJumpsOnlyToWhatThePlotsStillHold) {
  model.set_shown_run("run1", {100.0, 200.0});
  list({event_record(3), event_record(2), event_record(1), event_record(2, "yesterday")});
  model.select({"run1", 2});  // starts at 120 s
  EXPECT_EQ(shown_times, (std::vector{120.0}));
  model.select({"run1", 1});  // at 60 s: no longer held
  model.select({"run1", 3});  // at 180 s
  model.select({"yesterday", 2});
  EXPECT_EQ(shown_times, (std::vector{120.0, 180.0}));
  EXPECT_EQ(model.selected()->ref.run, "yesterday") << "but it is still selected";
  model.select({"nobody", 9});
  EXPECT_EQ(model.selected()->ref.run, "yesterday");
}

TEST_F(EventsModelTest, TheSelectionMovesThroughTheRowsAndStopsAtTheirEnds) {
  list({event_record(3), event_record(2), event_record(1)});
  model.move_selection(1);
  EXPECT_EQ(model.selected()->ref.id, 3);
  model.move_selection(-1);
  EXPECT_EQ(model.selected()->ref.id, 3);
  model.move_selection(1);
  model.move_selection(1);
  model.move_selection(1);
  EXPECT_EQ(model.selected()->ref.id, 1);
}

TEST_F(EventsModelTest, AVerdictIsSeenAtOnceAndAskedForOnce) {
  list({event_record(1)});
  model.set_verdict(Verdict::confirmed);
  EXPECT_TRUE(verdicts.empty()) << "nothing is selected";
  model.select({"run1", 1});
  model.set_verdict(Verdict::false_alarm);
  model.set_verdict(Verdict::false_alarm);
  EXPECT_EQ(model.rows()[0].verdict, Verdict::false_alarm);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].first, (EventRef{"run1", 1}));
  EXPECT_EQ(verdicts[0].second, Verdict::false_alarm);
}

TEST_F(EventsModelTest, AnEventThatLeavesTheFilteredListStaysSelected) {
  list({event_record(2), event_record(1)});
  model.select({"run1", 2});
  model.set_verdict(Verdict::confirmed);
  list({event_record(1)});  // only unknown ones are asked for
  ASSERT_TRUE(model.selected());
  EXPECT_EQ(model.selected()->verdict, Verdict::confirmed);
  model.set_note("seal replaced");
  EXPECT_EQ(notes.size(), 1U);
}

TEST_F(EventsModelTest, TheSelectedEventFollowsTheListing) {
  Event record = event_record(1);
  record.ended = false;
  list({record});
  model.select(record.ref);
  record.ended = true;
  record.peak_score = 77.0;
  list({record});
  EXPECT_EQ(model.selected()->peak_score, 77.0);
}

TEST_F(EventsModelTest, PlaysOnlySoundThatIsThere) {
  Event record = event_record(1);
  record.clip = "clip.flac";
  for (const ClipState state : {ClipState::none, ClipState::pending, ClipState::removed, ClipState::missing}) {
    record.clip_state = state;
    list({record});
    model.select(record.ref);
    model.play();
    EXPECT_TRUE(played.empty());
    EXPECT_GT(std::string(words_for(state)).size(), 10U) << "says why";
  }
  record.clip_state = ClipState::kept;
  list({record});
  model.play();
  EXPECT_EQ(played, "clip.flac");
}

TEST_F(EventsModelTest, ExportsWhatTheFilterLetsThrough) {
  const test::TempDir folder;
  model.set_filter(Verdict::confirmed, "", 0.0);
  model.export_to(folder / "mine.txt", ExportFormat::audacity);
  EXPECT_EQ(exported, folder / "mine.txt");
  EXPECT_EQ(export_format, ExportFormat::audacity);
  EXPECT_EQ(export_filter.verdict, Verdict::confirmed);
  model.set_export_outcome({exported, 1, std::nullopt});
  EXPECT_EQ(model.export_message(), "1 event written to " + exported.string());
  model.set_export_outcome({exported, 0, Error{ErrorCode::write_failed, "no room", "x", "make room"}});
  EXPECT_NE(model.export_message().find("make room"), std::string::npos);
}

TEST_F(EventsModelTest, SaysWhatIsNotOnTheDisk) {
  EXPECT_EQ(model.trouble(), "");
  auto listing = std::make_shared<EventArchive::Listing>();
  listing->revision = ++revision;
  listing->waiting = 2;
  listing->trouble = Error{ErrorCode::write_failed, "the disk is full", "events.db", "make room"};
  model.set_listing(listing);
  EXPECT_EQ(model.trouble().substr(0, 29), "2 changes not yet on the disk");
  EXPECT_NE(model.trouble().find("make room"), std::string::npos);
}

TEST_F(EventsModelTest, OnlyAnEventOfThisRunIsUnderWay) {
  model.set_shown_run("run1", {});
  Event record = event_record(1);
  record.ended = false;
  EXPECT_TRUE(model.under_way(record));
  EXPECT_EQ(event_length(record, true), "now");
  record.ref.run = "yesterday";
  EXPECT_FALSE(model.under_way(record));
  EXPECT_EQ(event_length(record, false), "cut off");
}

TEST(EventsModelWords, TimeOfDayTodayAndTheDateOnOtherDays) {
  setenv("TZ", "UTC", 1);
  tzset();
  const Event record = event_record(61);  // 2026-01-01 01:01
  EXPECT_EQ(event_time(record, record.wall_time_ms + 3'600'000), "01:01:00");
  EXPECT_EQ(event_time(record, record.wall_time_ms + 86'400'000), "01 Jan 01:01");
  EXPECT_EQ(event_time(record, record.wall_time_ms + 400LL * 86'400'000), "01 Jan 2026");
}

TEST(EventsModelWords, DetailsSayWhenHowUnusualWhereAndByWhat) {
  const std::string text = event_details(event_record(3));
  for (const char* part :
       {"2026", "2.0 s", "Peak score 3.0", "1 in 1 000 normal frames", "2.6-3.5 kHz", "Input: default, model: pump"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

}  // namespace
}  // namespace auscult::gui
