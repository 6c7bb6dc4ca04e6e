// Events in folders that other users can reach.
#include <sys/stat.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "events/event_database.h"
#include "events/event_log.h"
#include "support/events.h"
#include "support/files.h"
#include "support/full_disk.h"
#include "support/other_user.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;

TEST(EventDatabasePrivacy, ANewListAndItsFolderAreForTheOwnerAlone) {
  const test::UsualUmask usual;
  const test::TempDir folder;
  const fs::path path = folder / "data/auscult/events.db";
  auto database = EventDatabase::open(path);
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->store(test::event_record(1)));
  EXPECT_EQ(test::mode_of(path), 0600U);
  EXPECT_EQ(test::mode_of(folder / "data/auscult"), 0700U);
  EXPECT_EQ(test::mode_of(folder / "data"), 0700U);
}

TEST(EventDatabasePrivacy, AnExistingListKeepsItsMode) {
  const test::UsualUmask usual;
  const test::TempDir folder;
  ASSERT_TRUE(EventDatabase::open(folder / "events.db"));
  chmod((folder / "events.db").c_str(), 0640);
  ASSERT_TRUE(EventDatabase::open(folder / "events.db"));
  EXPECT_EQ(test::mode_of(folder / "events.db"), 0640U);
}

TEST(EventLogShared, DoesNotAppendToWhatAnotherUserHasPutThere) {
  AUSCULT_REQUIRE_ROOT();
  const test::SharedFolder shared;
  const test::TempDir own;
  test::write_file(own / "precious", "old\n");
  for (const fs::path& planted :
       {shared.others_link("link.jsonl", own / "precious"), shared.others_file("file.jsonl", "")}) {
    EventLog log(planted);
    const Status written = log.append(test::event_record(1));
    ASSERT_FALSE(written) << planted;
    EXPECT_EQ(written.error().code, ErrorCode::write_failed);
    EXPECT_FALSE(written.error().hint.empty());
  }
  EXPECT_EQ(test::read_file(own / "precious"), "old\n");
  EXPECT_EQ(test::read_file(shared / "file.jsonl"), "");
}

TEST(EventLogShared, ALineThatWasCutOffByAFullDiskDoesNotSpoilTheNext) {
  const test::TempDir folder;
  EventLog log(folder / "events.jsonl");
  ASSERT_TRUE(log.append(test::event_record(1)));
  const auto length = fs::file_size(folder / "events.jsonl");
  {
    const test::FullDisk disk(length + 20);
    const Status cut_off = log.append(test::event_record(2));
    ASSERT_FALSE(cut_off);
    EXPECT_NE(cut_off.error().what.find("No space"), std::string::npos) << cut_off.error().what;
  }
  ASSERT_TRUE(log.append(test::event_record(3)));
  const std::string text = test::read_file(folder / "events.jsonl");
  const std::string last = to_json(test::event_record(3)) + "\n";
  ASSERT_GT(text.size(), last.size());
  EXPECT_EQ(text.substr(text.size() - last.size() - 1), "\n" + last);
}

}  // namespace
}  // namespace auscult
