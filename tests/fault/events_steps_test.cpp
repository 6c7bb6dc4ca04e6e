// Each single step of storing an event and its sound fails, or is the last thing that the program does; and two
// programs that store in one list at once.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "events/clip_store.h"
#include "events/event_database.h"
#include "events/event_log.h"
#include "support/events.h"
#include "support/failing_files.h"
#include "support/files.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;
using test::DiskFault;
using test::event_record;

constexpr int kBefore = 3;  // events in the list

struct EventSteps : ::testing::Test {
  EventSteps() {
    auto database = EventDatabase::open(path);
    for (std::int64_t id = 1; id <= kBefore; ++id)
      if (!database || !database->store(event_record(id))) throw std::runtime_error("store");
  }
  void prepare() const {
    fs::remove_all(work);
    fs::create_directory(work);
    fs::copy_file(path, list);
  }
  Status store() const {
    AUSCULT_TRY_ASSIGN(EventDatabase database, EventDatabase::open(list));
    if (database.set_aside()) return tl::unexpected(*database.set_aside());
    return database.store(event_record(kBefore + 1));
  }
  /// The events in the list after the fault, which must be sound.
  std::set<std::int64_t> stored(const std::string& where) const {
    auto database = EventDatabase::open(list);
    if (!database) {
      ADD_FAILURE() << where << ": " << to_message(database.error());
      return {};
    }
    EXPECT_FALSE(database->set_aside()) << where;
    const auto events = database->query();
    std::set<std::int64_t> ids;
    for (std::size_t i = 0; events && i < events->size(); ++i) ids.insert((*events)[i].ref.id);
    return ids;
  }
  test::TempDir folder;
  fs::path path = folder / "events.db", work = folder / "work", list = work / "events.db";
  const std::set<std::int64_t> old{1, 2, 3}, with_new{1, 2, 3, 4};
};

TEST_F(EventSteps, AFailureLosesNoEventAndIsTold) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full, DiskFault::interrupted, DiskFault::short_write}) {
    int failures = 0;
    const auto check = [&](const Status& outcome, const std::string& where) {
      const auto now = stored(where);
      if (outcome) {
        EXPECT_EQ(now, with_new) << where;
      } else {
        ++failures;
        EXPECT_TRUE(now == old || now == with_new) << where;
        EXPECT_FALSE(outcome.error().hint.empty()) << where;
      }
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return store(); }, check),
              3)
        << to_string(fault);
    if (fault == DiskFault::io_error || fault == DiskFault::full) {
      EXPECT_GE(failures, 3) << to_string(fault);
    }
  }
}

TEST_F(EventSteps, KilledAtAnyStepTheListHasTheOldEventsOrTheNewOneToo) {
  const auto check = [&](const std::string& where) {
    const auto now = stored(where);
    EXPECT_TRUE(now == old || now == with_new) << where;
  };
  EXPECT_GE(test::kill_at_each_step([&] { prepare(); }, [&] { return store(); }, check), 5);
}

TEST_F(EventSteps, ALineOfTheLogIsWholeOrTold) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full, DiskFault::interrupted, DiskFault::short_write}) {
    EventLog log(work / "events.jsonl");
    const auto check = [&](const Status& outcome, const std::string& where) {
      if (!outcome) test::expect_told(outcome, where);
      ASSERT_TRUE(log.append(event_record(2))) << where;  // the same log goes on
      const std::string text = test::read_file(work / "events.jsonl"), last = to_json(event_record(2)) + "\n";
      ASSERT_GE(text.size(), last.size());
      const auto at = text.size() - last.size();
      EXPECT_EQ(text.substr(at), last) << where;
      EXPECT_TRUE(at == 0 || text[at - 1] == '\n') << where;
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return log.append(event_record(1)); }, check),
              1);
  }
}

TEST_F(EventSteps, SoundIsWholeOrNotThere) {
  const std::vector<float> sound(20'000, 0.25F);
  const fs::path clip = work / "clips" / event_clip_name(test::kFirstEventMs, 1);
  const auto whole_or_absent = [&](const std::string& where) {
    if (!fs::exists(clip)) return;
    auto reader = AudioFileReader::open(clip);
    ASSERT_TRUE(reader) << where;
    EXPECT_EQ(reader->info().frames, 20'000) << where;
  };
  const auto save = [&] { return ClipStore(work / "clips").write(clip, sound, 16000); };
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      whole_or_absent(where);
      EXPECT_EQ(fs::exists(clip), outcome.has_value()) << where;
      if (!outcome) test::expect_told(outcome, where);
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, save, check),
              5);
  }
  EXPECT_GE(test::kill_at_each_step([&] { prepare(); }, save, whole_or_absent), 5);
}

TEST_F(EventSteps, TwoProgramsStoreInOneListAtOnce) {
  prepare();
  constexpr int kPrograms = 2, kEvents = 40;
  std::vector<pid_t> children;
  for (int program = 0; program < kPrograms; ++program) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    auto database = EventDatabase::open(list);
    int failed = database ? 0 : kEvents;
    if (!database) std::fprintf(stderr, "%s\n", to_message(database.error()).c_str());
    for (int id = 1; database && id <= kEvents; ++id) {
      const Status stored = database->store(event_record(id, "program" + std::to_string(program)));
      if (stored) continue;
      std::fprintf(stderr, "%s\n", to_message(stored.error()).c_str());
      ++failed;
    }
    _exit(failed);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "events that were not stored: " << WEXITSTATUS(status);
  }
  auto database = EventDatabase::open(list);
  ASSERT_TRUE(database);
  EXPECT_FALSE(database->set_aside());
  EXPECT_EQ(database->count().value_or(0), kBefore + kPrograms * kEvents);
}

}  // namespace
}  // namespace auscult
