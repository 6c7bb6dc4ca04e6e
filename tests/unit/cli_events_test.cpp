// auscult events, as a user calls it.
#include <gtest/gtest.h>

#include "events/event_database.h"
#include "support/cli.h"
#include "support/events.h"
#include "support/full_disk.h"

namespace auscult::test {
namespace {

struct EventsCommand : ::testing::Test {
  EventsCommand() {
    auto database = EventDatabase::open(folder / "auscult" / "events.db");
    if (!database) throw std::runtime_error(to_message(database.error()));
    for (std::int64_t id = 1; id <= 3; ++id) {
      if (!database->store(event_record(id))) throw std::runtime_error("store");
    }
    if (!database->set_verdict({"run1", 2}, Verdict::confirmed) || !database->set_note({"run1", 2}, "seal, replaced"))
      throw std::runtime_error("verdict");
  }
  ProcessResult events(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "events");
    return auscult(arguments, {{"XDG_DATA_HOME", folder.path()}, {"TZ", "UTC"}});
  }
  TempDir folder;
};

TEST_F(EventsCommand, ListsTheNewestFirst) {
  const ProcessResult result = events({"list"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 4U) << result.out;
  EXPECT_EQ(lines[1].substr(0, 19), "2026-01-01 00:03:00");
  EXPECT_NE(lines[2].find("confirmed"), std::string::npos);
  EXPECT_NE(lines[2].find("seal, replaced"), std::string::npos);
  EXPECT_NE(result.err.find("3 of 3"), std::string::npos);
}

TEST_F(EventsCommand, TheListCanBeNarrowed) {
  EXPECT_EQ(lines_of(events({"list", "--limit", "1"}).out).size(), 2U);
  EXPECT_EQ(json_lines(events({"list", "--json", "--verdict", "confirmed"}).out).at(0)["note"], "seal, replaced");
  EXPECT_EQ(json_lines(events({"list", "--json", "--since", "2026-01-01T00:02"}).out).size(), 2U);
  EXPECT_EQ(json_lines(events({"list", "--json", "--min-peak", "3"}).out).size(), 1U);
  EXPECT_EQ(json_lines(events({"list", "--json", "--text", "SEAL"}).out).size(), 1U);
  expect_one_message(events({"list", "--since", "yesterday"}), 2, "2026-01-31");
  EXPECT_EQ(events({"list", "--verdict", "maybe"}).exit_code, 2);
}

TEST_F(EventsCommand, GivesOneJsonObjectPerLine) {
  const std::string lines = events({"--format", "jsonl"}).out;
  const auto objects = json_lines(lines);
  ASSERT_EQ(objects.size(), 3U);
  EXPECT_EQ(objects[0]["type"], "event") << "as listen --json and the event log";
  for (const char* field : {"edge", "id", "start_s", "end_s", "peak_score", "threshold", "detector", "wall_time"})
    EXPECT_TRUE(objects[0].contains(field)) << field;
  EXPECT_EQ(events({"list", "--format", "jsonl"}).out, lines);
  EXPECT_EQ(events({"list", "--json"}).out, lines);
  EXPECT_EQ(events({"export", "--format", "jsonl"}).out, lines);
  EXPECT_EQ(json_lines(events({"--format", "jsonl", "--verdict", "confirmed"}).out).size(), 1U);
}

TEST_F(EventsCommand, ListsWithoutASubcommand) {
  EXPECT_EQ(events({}).out, events({"list"}).out);
  EXPECT_EQ(events({"list", "--format", "table"}).out, events({"list"}).out);
  EXPECT_EQ(events({"--format", "csv"}).out, events({"export"}).out);
  EXPECT_EQ(events({"--format", "xml"}).exit_code, 2);
  EXPECT_EQ(events({"export", "--format", "table"}).exit_code, 2);
}

TEST_F(EventsCommand, ExportsToAFileOrToTheTerminal) {
  const ProcessResult csv = events({"export"});
  EXPECT_EQ(lines_of(csv.out).size(), 4U);
  const std::string path = folder / "labels.txt";
  const ProcessResult labels = events({"export", "--format", "audacity", "-o", path});
  EXPECT_EQ(labels.exit_code, 0) << labels.err;
  EXPECT_EQ(lines_of(read_file(path)).at(1), "120.000000\t122.000000\tu 2.0 summary, confirmed: seal, replaced");
  EXPECT_EQ(labels.out, "");
  expect_one_message(events({"export", "-o", folder / "nowhere" / "x.csv"}), 6, "nowhere");
}

TEST_F(EventsCommand, ShowsWhatListenWasAskedToKeep) {
  write_sound(folder / "fault.wav",
              machine_sound(14.0, {.seed = 5, .fault = 0.2, .fault_begin_s = 6.0, .fault_end_s = 9.0}));
  const Environment home = {{"XDG_DATA_HOME", folder.path()}, {"TZ", "UTC"}};
  ASSERT_EQ(auscult({"listen", workshop().model(), "--input", folder / "fault.wav"}, home).exit_code, 0);
  EXPECT_EQ(json_lines(events({"list", "--json"}).out).size(), 3U) << "nothing is kept unasked";
  const ProcessResult heard =
      auscult({"listen", workshop().model(), "--input", folder / "fault.wav", "--keep-events"}, home);
  ASSERT_EQ(heard.exit_code, 0) << heard.err;
  const auto listed = json_lines(events({"list", "--json", "--text", "fault.wav"}).out);
  ASSERT_GE(listed.size(), 1U) << heard.out << heard.err;
  EXPECT_EQ(listed.back()["model_name"], "model");
  EXPECT_EQ(listed.back()["clip_state"], "kept");
  EXPECT_EQ(listed.back()["edge"], "ended");
  EXPECT_FALSE(std::filesystem::exists(folder / "auscult" / "events.jsonl")) << "the database is the only store";
}

TEST_F(EventsCommand, ListenSaysOnceThatSoundCannotBeStoredAndGoesOn) {
  write_sound(folder / "fault.wav",
              machine_sound(24.0, {.seed = 5, .fault = 0.2, .fault_begin_s = 4.0, .fault_end_s = 7.0}));
  const Environment home = {{"XDG_DATA_HOME", folder.path()}, {"TZ", "UTC"}};
  const std::string model = workshop().model();
  const ProcessResult heard = [&] {
    const FullDisk full(100 * 1024);  // room for the list, but not for sound
    return auscult({"listen", model, "--input", folder / "fault.wav", "--keep-events"}, home);
  }();
  EXPECT_EQ(heard.exit_code, 0) << heard.err;
  const std::size_t first = heard.err.find("warning: ");
  ASSERT_NE(first, std::string::npos) << heard.err;
  EXPECT_NE(heard.err.find("clips", first), std::string::npos) << heard.err;
  EXPECT_EQ(heard.err.find("warning: ", first + 1), std::string::npos) << heard.err;
  EXPECT_GE(json_lines(events({"list", "--json", "--text", "fault.wav"}).out).size(), 1U)
      << "the event itself is stored";
}

TEST_F(EventsCommand, ReadsWhileTheWindowWritesAndChangesNothing) {
  const std::string before = read_file(folder / "auscult" / "events.db");
  auto database = EventDatabase::open(folder / "auscult" / "events.db");
  ASSERT_TRUE(database);
  EXPECT_EQ(events({"list"}).exit_code, 0);
  EXPECT_EQ(read_file(folder / "auscult" / "events.db"), before);
}

TEST(EventsCommandLine, WithoutEventsSaysSoAndMakesNothing) {
  const TempDir folder;
  const ProcessResult list = auscult({"events", "list"}, {{"XDG_DATA_HOME", folder.path()}});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_NE(list.err.find("no events are stored yet"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "auscult"));
  expect_one_message(auscult({"events", "list", "--database", folder / "other.db"}), 3, "other.db");
}

TEST(EventsCommandLine, ADamagedListIsAnErrorAndLeftAsItIs) {
  const TempDir folder;
  write_file(folder / "auscult" / "events.db", std::string(5000, 'x'));
  const ProcessResult list = auscult({"events", "list"}, {{"XDG_DATA_HOME", folder.path()}});
  expect_one_message(list, 3, "events.db");
  EXPECT_EQ(read_file(folder / "auscult" / "events.db"), std::string(5000, 'x'));
}

}  // namespace
}  // namespace auscult::test
