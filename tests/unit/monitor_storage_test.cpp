// The storage thread: a step that fails or throws is reported, and the next one is run.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <stdexcept>

#include <gtest/gtest.h>

#include "events/clip_store.h"
#include "storage.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

constexpr int kRate = 16000;

TEST(Storage, DoesAllThatWasPostedBeforeItStops) {
  Storage storage({}, {}, kRate);
  std::atomic<int> done{0};
  for (int i = 0; i < 20; ++i)
    storage.post(StorageKind::log, [&] {
      ++done;
      return Status{};
    });
  ASSERT_TRUE(storage.start());
  EXPECT_TRUE(storage.stop());
  EXPECT_EQ(done, 20);
  EXPECT_FALSE(storage.trouble());
}

TEST(Storage, ShowsAStepThatThrowsAndDoesTheNext) {
  Storage storage({}, {}, kRate);
  std::atomic<int> done{0};
  storage.post(StorageKind::clip, []() -> Status { throw std::runtime_error("no more handles"); });
  storage.post(StorageKind::log, [&] {
    ++done;
    return Status{};
  });
  ASSERT_TRUE(storage.start());
  EXPECT_TRUE(storage.stop());
  EXPECT_EQ(done, 1);
  const auto trouble = storage.trouble();
  ASSERT_TRUE(trouble) << "a line that was logged says nothing about clips";
  EXPECT_EQ(trouble->code, ErrorCode::internal);
  EXPECT_NE(trouble->what.find("no more handles"), std::string::npos);
}

TEST(Storage, ForgetsTroubleOnceAStepOfThatKindSucceeds) {
  Storage storage({}, {}, kRate);
  ASSERT_TRUE(storage.start());
  storage.post(StorageKind::clip, []() -> Status { return fail(ErrorCode::write_failed, "no room"); });
  ASSERT_TRUE(test::eventually([&] { return storage.trouble().has_value(); }));
  EXPECT_EQ(storage.trouble()->what, "no room");
  storage.post(StorageKind::clip, [] { return Status{}; });
  EXPECT_TRUE(test::eventually([&] { return !storage.trouble(); }));
}

TEST(Storage, LeavesAHangingDiskBehind) {
  auto gate = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  {
    Storage storage({}, {}, kRate);
    ASSERT_TRUE(storage.start());
    storage.post(StorageKind::clip, [gate, ended] {
      gate->get_future().wait();
      ended->set_value();
      return Status{};
    });
    EXPECT_FALSE(storage.stop(20ms));
  }
  gate->set_value();
  EXPECT_EQ(future.wait_for(10s), std::future_status::ready) << "what the thread touches is still there";
}

TEST(Storage, WaitsForASlowDiskThatStillWrites) {
  Storage storage({}, {}, kRate);
  std::atomic<int> done{0};
  std::promise<void> never;
  const auto pause = never.get_future().share();
  for (int i = 0; i < 8; ++i)
    storage.post(StorageKind::clip, [&] {
      pause.wait_for(100ms);  // less than the patience, but not all steps together
      ++done;
      return Status{};
    });
  ASSERT_TRUE(storage.start());
  EXPECT_TRUE(storage.stop(400ms));
  EXPECT_EQ(done, 8);
}

// A network drive may be away for days, with an event every minute.
TEST(Storage, DropsSoundRatherThanMemoryWhereTheDiskHangs) {
  constexpr int kSlowRate = 100;
  constexpr std::int64_t kClips = 10, kKept = 7;  // of two minutes: 15 minutes may wait
  const test::TempDir folder;
  const auto path = [&](std::int64_t i) { return folder / "clips" / event_clip_name(1000 * i, i); };
  const std::vector<float> sound(static_cast<std::size_t>(120 * kSlowRate));
  std::promise<void> started, gate;
  Storage storage(folder / "events.jsonl", folder / "clips", kSlowRate);
  ASSERT_TRUE(storage.start());
  storage.post(StorageKind::log, [&] {
    started.set_value();
    gate.get_future().wait();
    return Status{};
  });
  started.get_future().wait();
  for (std::int64_t i = 0; i < kClips; ++i) {
    storage.append(Event{});
    storage.write_clip(path(i), sound);
  }
  const auto trouble = storage.trouble();
  gate.set_value();
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->code, ErrorCode::write_failed);
  ASSERT_TRUE(test::eventually([&] { return std::filesystem::exists(path(kKept - 1)); }));
  storage.write_clip(path(kClips), sound);  // the disk is back
  EXPECT_TRUE(storage.stop());
  EXPECT_FALSE(storage.trouble());
  for (std::int64_t i = 0; i <= kClips; ++i) EXPECT_EQ(std::filesystem::exists(path(i)), i < kKept || i == kClips) << i;
  const std::string log = test::read_file(folder / "events.jsonl");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), kClips) << "lines are never dropped";
}

TEST(Storage, LogsEventsAsLines) {
  const test::TempDir folder;
  Storage storage(folder / "log" / "events.jsonl", {}, kRate);
  ASSERT_TRUE(storage.start());
  Event event;
  event.ref.id = 3;
  storage.append(event);
  EXPECT_TRUE(storage.stop());
  EXPECT_EQ(test::read_file(folder / "log" / "events.jsonl"), to_json(event) + "\n");
}

}  // namespace
}  // namespace auscult
