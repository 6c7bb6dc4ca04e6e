// False alarms as sound that a model can learn.

#include <gtest/gtest.h>

#include "dataset/split.h"
#include "events/event_database.h"
#include "gui/learn/false_alarms.h"
#include "support/events.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult::gui {
namespace {

class FalseAlarmsTest : public testing::Test {
 protected:
  // An event of a model, with its own sound unless `clip` is empty.
  std::filesystem::path add(std::int64_t id, Verdict verdict, const std::string& model, const std::string& clip) {
    auto events = EventDatabase::open(database_);
    Event record = test::event_record(id);
    record.model_name = model;
    if (!clip.empty()) {
      record.clip = folder_ / clip;
      test::write_file(record.clip, "sound of " + clip);
    }
    EXPECT_TRUE(events->store(record));
    EXPECT_TRUE(events->set_verdict(record.ref, verdict));
    return record.clip;
  }
  test::TempDir folder_;
  std::filesystem::path database_ = folder_ / "events.db";
  KnownDigests known_;
};

TEST_F(FalseAlarmsTest, AreThoseOfTheModelWithTheirSoundOldestFirst) {
  const auto first = add(1, Verdict::false_alarm, "pump", "a.flac");
  add(2, Verdict::confirmed, "pump", "b.flac");
  add(3, Verdict::unknown, "pump", "c.flac");
  add(4, Verdict::false_alarm, "fan", "d.flac");
  const auto last = add(5, Verdict::false_alarm, "pump", "e.flac");
  add(6, Verdict::false_alarm, "pump", "");
  const auto found = find_false_alarms(database_, "pump", {}, known_);
  ASSERT_TRUE(found) << to_message(found.error());
  EXPECT_EQ(found->clips, (std::vector<std::filesystem::path>{first, last}));
  EXPECT_EQ(found->without_sound, 1);
  EXPECT_EQ(found->learned, 0);
}

TEST_F(FalseAlarmsTest, AreKnownToAModelThatHasLearnedThem) {
  const auto clip = add(1, Verdict::false_alarm, "pump", "a.flac");
  const auto found = find_false_alarms(database_, "pump", {*file_digest(clip)}, known_);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->clips.empty());
  EXPECT_EQ(found->learned, 1);
}

TEST_F(FalseAlarmsTest, WithoutADatabaseThereAreNone) {
  FalseAlarms none(folder_ / "nothing.db");
  EXPECT_TRUE(test::holds_for(std::chrono::milliseconds(500), [&] {
    none.update(1, "pump", {});
    return none.found() == FalseAlarmSound{} && !none.failure();
  }));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "nothing.db")) << "looking makes no file";
}

TEST_F(FalseAlarmsTest, ReportADatabaseThatCannotBeRead) {
  test::write_file(database_, std::string(4096, 'x'));
  FalseAlarms alarms(database_);
  EXPECT_TRUE(test::eventually([&] {
    alarms.update(1, "pump", {});
    return alarms.failure().has_value();
  }));
  EXPECT_EQ(alarms.found(), FalseAlarmSound{});
  alarms.update(1, "fan", {});
  EXPECT_FALSE(alarms.failure()) << "that search has not ended";
}

TEST_F(FalseAlarmsTest, AreLookedUpAgainWhenTheListChanges) {
  add(1, Verdict::false_alarm, "pump", "a.flac");
  FalseAlarms alarms(database_);
  const auto settles = [&](std::uint64_t revision, std::size_t clips) {
    return test::eventually([&] {
      alarms.update(revision, "pump", {});
      return alarms.found().clips.size() == clips;
    });
  };
  EXPECT_TRUE(settles(1, 1));
  add(2, Verdict::false_alarm, "pump", "b.flac");
  EXPECT_TRUE(settles(2, 2));
}

TEST_F(FalseAlarmsTest, OfOneModelAreNeverOfferedToAnother) {
  add(1, Verdict::false_alarm, "pump", "a.flac");
  FalseAlarms alarms(database_);
  const auto finds_its_own = [&] {
    return test::eventually([&] {
      alarms.update(1, "pump", {});
      return alarms.found().clips.size() == 1U;
    });
  };
  ASSERT_TRUE(finds_its_own());
  alarms.update(1, "fan", {});
  EXPECT_TRUE(alarms.found().clips.empty()) << "at once, before it has looked";
  EXPECT_TRUE(test::holds_for(std::chrono::milliseconds(200), [&] {
    alarms.update(1, "fan", {});
    return alarms.found().clips.empty();
  }));
  EXPECT_TRUE(finds_its_own());
}

}  // namespace
}  // namespace auscult::gui
