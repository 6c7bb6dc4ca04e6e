// From scores to events as they are reported and stored: beginning and end, times, source, bands and sound.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "dsp/frequency_bands.h"
#include "event_tracker.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

constexpr double kHop_s = 0.032;

class EventTrackerTest : public testing::Test {
 protected:
  EventTrackerTest() {
    EXPECT_TRUE(storage_.start());
    tracker_.set_source("pump house");
    tracker_.set_threshold(5.0);
  }
  // Hops of `score` for `seconds`, each with its sound. Events are collected.
  void hear(double seconds, float score, bool judged = true) {
    const std::vector<float> sound(512, 0.1F);
    for (const double end = time_s_ + seconds; time_s_ < end - kHop_s / 2;) {
      tracker_.push(sound);
      time_s_ += kHop_s;
      Hop hop;
      hop.time_s = time_s_;
      hop.fused = static_cast<double>(score);
      hop.leading_detector = 1;
      hop.why = why_;
      if (const auto event = tracker_.push(hop, {.judged = judged, .latency_s = 0.0})) events_.push_back(*event);
      tracker_.store_complete_clip();
    }
  }
  void finish() {
    if (const auto event = tracker_.finish(time_s_, 0.0)) events_.push_back(*event);
    EXPECT_TRUE(storage_.stop());
  }
  double seconds_of_clip() const {
    const auto reader = AudioFileReader::open(events_.back().clip);
    return reader ? reader->info().seconds() : 0.0;
  }

  test::TempDir folder_;
  const Model& model_ = *test::tiny_model();
  Storage storage_{folder_ / "events.jsonl", folder_ / "clips", model_.preset.frontend.sample_rate};
  EventTracker tracker_{model_, folder_ / "clips", storage_};
  std::vector<float> why_ = std::vector<float>(static_cast<std::size_t>(model_.preset.frontend.n_mels), 0.0F);
  std::vector<Event> events_;
  double time_s_ = 0.0;
};

TEST_F(EventTrackerTest, ReportsABeginningAndAnEndWithTheirTimes) {
  hear(10.0, 1.0F);
  EXPECT_FALSE(tracker_.active());
  hear(3.0, 8.0F);
  EXPECT_TRUE(tracker_.active());
  hear(10.0, 1.0F);
  finish();
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_FALSE(events_[0].ended);
  EXPECT_TRUE(events_[1].ended);
  EXPECT_EQ(events_[0].ref.id, events_[1].ref.id);
  EXPECT_EQ(events_[0].wall_time_ms, events_[1].wall_time_ms);
  EXPECT_NEAR(events_[1].start_s, 10.0, 2 * kHop_s);
  EXPECT_NEAR(events_[1].end_s, 13.0, 2 * kHop_s);
  EXPECT_EQ(events_[1].peak_score, 8.0);
  EXPECT_EQ(events_[1].threshold, 5.0);
  EXPECT_EQ(events_[1].source, "pump house");
  EXPECT_EQ(events_[1].detector, model_.detectors[1].config.name);
  EXPECT_EQ(tracker_.count(), 1U);
}

TEST_F(EventTrackerTest, ReportsNothingForScoresThatAreNotJudged) {
  hear(5.0, 9.0F, false);
  finish();
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(tracker_.count(), 0U);
}

TEST_F(EventTrackerTest, EndsAnOpenEventWithTheStreamAndStoresItsSound) {
  hear(8.0, 1.0F);
  hear(3.0, 8.0F);
  finish();
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_TRUE(events_[1].ended);
  EXPECT_NEAR(seconds_of_clip(), 5.0 + 3.0, 0.1);
}

TEST_F(EventTrackerTest, StoresFiveSecondsBeforeAndAfterAnEvent) {
  hear(8.0, 1.0F);
  hear(3.0, 8.0F);
  hear(12.0, 1.0F);
  finish();
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[1].clip.parent_path(), folder_ / "clips");
  EXPECT_NEAR(seconds_of_clip(), 5.0 + 3.0 + model_.preset.policy.hold_s + 5.0, 0.1);
}

TEST_F(EventTrackerTest, LogsTheBeginningAndTheEndOfEachEvent) {
  hear(2.0, 1.0F);
  hear(3.0, 8.0F);
  hear(8.0, 1.0F);
  hear(3.0, 9.0F);
  finish();
  ASSERT_EQ(events_.size(), 4U);
  EXPECT_EQ(events_[3].ref.id, events_[1].ref.id + 1);
  const std::string log = test::read_file(folder_ / "events.jsonl");
  std::string expected;
  for (const Event& event : events_) expected += to_json(event) + "\n";
  EXPECT_EQ(log, expected);
}

TEST_F(EventTrackerTest, NamesTheBandsOfTheAttribution) {
  why_[6] = 1.0F;
  hear(3.0, 8.0F);
  finish();
  ASSERT_EQ(events_.size(), 2U);
  ASSERT_FALSE(events_[1].bands.empty());
  const auto borders = mel_borders(model_.preset.frontend);
  EXPECT_LE(events_[1].bands[0].from_hz, borders[7]);
  EXPECT_GE(events_[1].bands[0].to_hz, borders[6]);
}

}  // namespace
}  // namespace auscult
