// The list of events on a file system that is really full.
#include <chrono>

#include <gtest/gtest.h>

#include "events/event_archive.h"
#include "events/event_database.h"
#include "support/events.h"
#include "support/small_disk.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::event_record;

TEST(EventArchiveSmallDisk, EventsWaitForRoomAndTheListStaysWhole) {
  AUSCULT_REQUIRE_SMALL_DISK();
  const test::SmallDisk disk(1024);
  const auto path = disk / "events.db";
  EventArchive archive(path, 20ms);
  const auto becomes = [&](auto condition) { return test::eventually([&] { return condition(*archive.listing()); }); };
  for (int id = 1; id <= 20; ++id) archive.store(event_record(id));
  ASSERT_TRUE(becomes([](const auto& l) { return l.records.size() == 20 && l.waiting == 0; }));
  disk.fill();
  // The write-ahead log has some room left; then there is none.
  int id = 20;
  while (archive.listing()->waiting == 0 && id < 2000) {
    archive.store(event_record(++id));
    ASSERT_TRUE(becomes([&](const auto& l) { return l.records.size() == static_cast<std::size_t>(id); }));
    test::eventually([&] { return archive.listing()->waiting > 0; }, 30ms);
  }
  ASSERT_GT(archive.listing()->waiting, 0);
  ASSERT_TRUE(becomes([](const auto& l) { return l.trouble.has_value(); }));
  EXPECT_EQ(archive.listing()->trouble->code, ErrorCode::write_failed);
  const auto read = EventDatabase::open(path, EventDatabase::Mode::read_only);
  ASSERT_TRUE(read) << to_message(read.error());
  EXPECT_FALSE(read->set_aside());
  disk.free();
  ASSERT_TRUE(becomes([](const auto& l) { return l.waiting == 0 && !l.trouble; }));
  EXPECT_TRUE(archive.close());
  auto again = EventDatabase::open(path);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->query()->size(), static_cast<std::size_t>(id));
}

}  // namespace
}  // namespace auscult
