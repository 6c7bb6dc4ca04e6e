// A disk that is full or read-only, a file that is damaged or not ours: no event is lost while the program runs, no
// file is deleted, and the error says what to do.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "events/event_archive.h"
#include "events/event_database.h"
#include "support/events.h"
#include "support/files.h"
#include "support/full_disk.h"
#include "support/ordinary_user.h"
#include "support/wait.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::event_record;

void execute(const fs::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

std::vector<fs::path> set_aside_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().find(".damaged-") != std::string::npos) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool becomes(const EventArchive& archive, const std::function<bool(const EventArchive::Listing&)>& condition) {
  return test::eventually([&] { return condition(*archive.listing()); });
}

struct EventDatabaseFault : ::testing::Test {
  void fill(std::int64_t events) {
    auto database = EventDatabase::open(path);
    ASSERT_TRUE(database) << to_message(database.error());
    for (std::int64_t id = 1; id <= events; ++id) {
      Event record = event_record(id);
      record.note = std::string(2000, 'n');  // so that a few events fill several pages
      ASSERT_TRUE(database->store(record));
    }
  }
  std::size_t stored() {
    auto database = EventDatabase::open(path, EventDatabase::Mode::read_only);
    return database ? database->query()->size() : 0;
  }
  void expect_set_aside(const std::string& bytes) {
    auto database = EventDatabase::open(path);
    ASSERT_TRUE(database) << to_message(database.error());
    ASSERT_TRUE(database->set_aside());
    const auto files = set_aside_files(folder.path());
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(test::read_file(files[0]), bytes) << "not a byte of it was changed";
    EXPECT_NE(database->set_aside()->what.find(files[0].filename().string()), std::string::npos)
        << database->set_aside()->what;
    EXPECT_FALSE(database->set_aside()->hint.empty());
    EXPECT_EQ(database->set_aside()->hint.find("jsonl"), std::string::npos) << "there is no second copy to point to";
    EXPECT_TRUE(database->store(event_record(1)));
    EXPECT_EQ(database->query()->size(), 1U);
  }
  test::TempDir folder;
  fs::path path = folder / "events.db";
};

TEST_F(EventDatabaseFault, AFileThatIsNoDatabaseIsSetAside) {
  const std::string bytes(5000, 'x');
  test::write_file(path, bytes);
  expect_set_aside(bytes);
}

TEST_F(EventDatabaseFault, ADatabaseWithAnOverwrittenPageIsSetAside) {
  fill(12);
  std::string bytes = test::read_file(path);
  std::fill(bytes.begin() + 4096, bytes.begin() + 12288, '\xee');
  test::write_file(path, bytes);
  expect_set_aside(bytes);
}

TEST_F(EventDatabaseFault, ADatabaseThatWasCutOffIsSetAside) {
  fill(12);
  std::string bytes = test::read_file(path);
  bytes.resize(bytes.size() / 2);
  test::write_file(path, bytes);
  expect_set_aside(bytes);
}

TEST_F(EventDatabaseFault, ADatabaseWithoutItsTableIsSetAside) {
  fill(1);
  execute(path, "DROP TABLE events");
  expect_set_aside(test::read_file(path));
}

TEST_F(EventDatabaseFault, WhatWasStoredSurvivesAKilledProgram) {
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto database = EventDatabase::open(path);
    for (std::int64_t id = 1; database && database->store(event_record(id)); ++id)
      if (write(told[1], &id, sizeof id) != sizeof id) break;
    _exit(1);
  }
  close(told[1]);
  std::int64_t last = 0;
  while (last < 15 && read(told[0], &last, sizeof last) == sizeof last) {
  }
  kill(child, SIGKILL);  // most likely in the middle of the next one
  waitpid(child, nullptr, 0);
  close(told[0]);
  ASSERT_EQ(last, 15);
  auto database = EventDatabase::open(path);
  ASSERT_TRUE(database);
  EXPECT_FALSE(database->set_aside());
  EXPECT_GE(database->query()->size(), 15U);
  EXPECT_EQ(database->query({.minimum_peak = 1.0})->back().ref.id, 1);
}

TEST_F(EventDatabaseFault, ReadingADamagedDatabaseIsAnErrorAndTouchesNothing) {
  test::write_file(path, std::string(5000, 'x'));
  const auto opened = EventDatabase::open(path, EventDatabase::Mode::read_only);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::bad_input);
  EXPECT_TRUE(set_aside_files(folder.path()).empty());
}

TEST_F(EventDatabaseFault, ANewerSchemaIsRefusedAndNotTouched) {
  fill(3);
  execute(path, "PRAGMA user_version = 2");
  const std::string bytes = test::read_file(path);
  for (const auto mode : {EventDatabase::Mode::read_write, EventDatabase::Mode::read_only}) {
    const auto opened = EventDatabase::open(path, mode);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().what.find("newer version"), std::string::npos);
    EXPECT_FALSE(opened.error().hint.empty());
  }
  EXPECT_EQ(test::read_file(path), bytes);
  EXPECT_TRUE(set_aside_files(folder.path()).empty());
}

TEST_F(EventDatabaseFault, ADatabaseOfAnotherProgramIsNotTouched) {
  execute(path, "CREATE TABLE recipes (name TEXT)");
  const std::string bytes = test::read_file(path);
  const auto opened = EventDatabase::open(path);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().what.find("another program"), std::string::npos);
  EXPECT_EQ(test::read_file(path), bytes);
}

TEST_F(EventDatabaseFault, AFullDiskFailsOneEventAndHarmsNoOther) {
  fill(20);
  const auto before = fs::file_size(path);
  {
    auto database = EventDatabase::open(path);
    const test::FullDisk disk(before);
    Event large = event_record(21);
    large.note = std::string(100'000, 'n');
    const Status stored = database->store(large);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::write_failed);
    EXPECT_FALSE(stored.error().hint.empty());
    EXPECT_EQ(database->query()->size(), 20U) << "reading goes on";
  }
  auto database = EventDatabase::open(path);
  ASSERT_TRUE(database);
  EXPECT_FALSE(database->set_aside());
  EXPECT_EQ(database->query()->size(), 20U);
}

TEST_F(EventDatabaseFault, EventsWaitInMemoryForRoomOnTheDisk) {
  fill(20);
  EventArchive archive(path, 20ms);
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.records.size() == 20; }));
  {
    const test::FullDisk disk(0);
    archive.store(event_record(21));
    archive.set_verdict({"run1", 21}, Verdict::confirmed);
    archive.set_note({"run1", 20}, "noted meanwhile");
    ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.waiting == 3; }));
    const auto listing = archive.listing();
    ASSERT_EQ(listing->records.size(), 21U) << "still listed";
    EXPECT_EQ(listing->records[0].verdict, Verdict::confirmed);
    EXPECT_EQ(listing->records[1].note, "noted meanwhile");
    EXPECT_EQ(listing->matching, 21);
    ASSERT_TRUE(listing->trouble);
    EXPECT_EQ(listing->trouble->code, ErrorCode::write_failed);
  }
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.waiting == 0; }));
  EXPECT_FALSE(archive.listing()->trouble);
  EXPECT_TRUE(archive.close());
  EXPECT_EQ(stored(), 21U);
}

TEST_F(EventDatabaseFault, AFolderThatMayNotBeWrittenKeepsEventsInMemoryAndIsTriedAgain) {
  const test::AsOrdinaryUser user;
  const test::TempDir locked;
  path = locked / "events.db";
  chmod(locked.path().c_str(), 0555);
  EventArchive archive(path, 20ms);
  archive.store(event_record(1));
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.waiting == 1 && l.trouble; }));
  EXPECT_EQ(archive.listing()->records.size(), 1U);
  EXPECT_FALSE(fs::exists(path));
  chmod(locked.path().c_str(), 0755);
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.waiting == 0; }));
  EXPECT_TRUE(archive.close());
  EXPECT_EQ(stored(), 1U);
}

TEST_F(EventDatabaseFault, EventsOfAReadOnlyFolderCanBeRead) {
  const test::AsOrdinaryUser user;
  const test::TempDir locked;
  path = locked / "events.db";
  fill(3);
  chmod(path.c_str(), 0444);
  chmod(locked.path().c_str(), 0555);
  EXPECT_EQ(stored(), 3U);
  EventArchive archive(path, 20ms);
  archive.store(event_record(4));
  EXPECT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.records.size() == 4 && l.waiting == 1; }))
      << "the earlier ones are listed too";
  chmod(locked.path().c_str(), 0755);
}

TEST_F(EventDatabaseFault, ADatabaseThatIsDamagedWhileItIsOpenIsSetAsideAndTheEventKept) {
  fill(12);
  EventArchive archive(path, 20ms);
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.records.size() == 12; }));
  std::string bytes = test::read_file(path);
  std::fill(bytes.begin(), bytes.end(), '\xee');
  test::write_file(path, bytes);
  archive.store(event_record(13));
  ASSERT_TRUE(becomes(archive, [](const EventArchive::Listing& l) { return l.notice && l.waiting == 0; }));
  EXPECT_TRUE(archive.close());
  EXPECT_EQ(set_aside_files(folder.path()).size(), 1U);
  EXPECT_EQ(stored(), 1U);
}

}  // namespace
}  // namespace auscult
