// One pass over a recording: the whole, its spans, and the alarms of the live monitor.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "scoring/recording_score.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::tiny_model;

RecordingScore scored(const test::Samples& samples, const ScoreFileOptions& options = {}) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", samples);
  auto score = score_recording(tiny_model(), folder / "a.wav", options);
  if (!score) throw std::runtime_error(to_message(score.error()));
  return std::move(*score);
}

TEST(RecordingScore, SpansFollowEachOtherToTheEnd) {
  const RecordingScore score = scored(machine_sound(25.0), {.every_s = 10.0});
  ASSERT_EQ(score.spans.size(), 3U);
  const double starts[] = {0.0, 10.0, 20.0}, ends[] = {10.0, 20.0, 25.0};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(score.spans[i].start_s, starts[i]);
    EXPECT_DOUBLE_EQ(score.spans[i].end_s, ends[i]);
    ASSERT_TRUE(score.spans[i].score);
    EXPECT_DOUBLE_EQ(score.spans[i].score->seconds, ends[i] - starts[i]);
  }
}

TEST(RecordingScore, ASpanPoolsTheEnergiesThatEndInIt) {
  const test::Samples sound = machine_sound(7.0, {.fault = 0.2, .fault_begin_s = 4.5, .fault_end_s = 5.5});
  const RecordingScore whole = scored(sound, {.keep_steps = true});
  const RecordingScore parts = scored(sound, {.keep_steps = true, .every_s = 2.0});
  ASSERT_EQ(parts.spans.size(), 4U);
  std::size_t next = 0;
  for (const SpanScore& span : parts.spans) {
    ASSERT_TRUE(span.score);
    std::vector<double> sums(2, 0.0), counts(2, 0.0);
    for (const StepEnergy& step : span.score->steps) {
      ASSERT_LT(next, whole.whole.steps.size());
      EXPECT_EQ(step.energy, whole.whole.steps[next].energy) << "the same pass gives the same bits";
      EXPECT_EQ(step.time_s, whole.whole.steps[next++].time_s);
      EXPECT_GT(step.time_s, span.start_s);
      EXPECT_LE(step.time_s, span.end_s);
      sums[static_cast<std::size_t>(step.detector)] += step.energy;
      counts[static_cast<std::size_t>(step.detector)] += 1.0;
    }
    for (std::size_t d = 0; d < 2; ++d)
      EXPECT_DOUBLE_EQ(span.score->detectors[d].energy, sums[d] / counts[d]) << "the mean";
  }
  EXPECT_EQ(next, whole.whole.steps.size()) << "every energy belongs to one span";
  EXPECT_TRUE(parts.spans[2].score->anomalous);
  EXPECT_GT(parts.spans[2].score->score, parts.spans[0].score->score);
}

TEST(RecordingScore, SpansChangeNothingAboutTheWhole) {
  const test::Samples sound = machine_sound(25.0, {.fault = 0.05});
  const RecordingScore whole = scored(sound), parts = scored(sound, {.every_s = 3.0});
  EXPECT_EQ(whole.whole.score, parts.whole.score);
  EXPECT_EQ(whole.events.size(), parts.events.size());
  EXPECT_TRUE(whole.spans.empty());
}

TEST(RecordingScore, ALastSpanWithoutScoreIsLeftOut) {
  EXPECT_EQ(scored(machine_sound(20.0), {.every_s = 10.0}).spans.size(), 2U);
  EXPECT_EQ(scored(machine_sound(20.001), {.every_s = 10.0}).spans.size(), 2U) << "no hop ends in the last millisecond";
}

TEST(RecordingScore, ASpanOfUnusableSoundHasNoScore) {
  auto samples = machine_sound(30.0);
  std::fill(samples.begin() + 159000, samples.begin() + 321000, std::numeric_limits<float>::quiet_NaN());
  const RecordingScore score = scored(samples, {.every_s = 10.0});
  ASSERT_EQ(score.spans.size(), 3U);
  EXPECT_TRUE(score.spans[0].score);
  EXPECT_FALSE(score.spans[1].score);
  EXPECT_TRUE(score.spans[2].score);
}

TEST(RecordingScore, CountsEventsWhereTheyBegin) {
  const test::Samples sound = machine_sound(40.0, {.fault = 0.3, .fault_begin_s = 18.0, .fault_end_s = 23.0});
  const RecordingScore score = scored(sound, {.every_s = 10.0});
  ASSERT_EQ(score.events.size(), 1U);
  EXPECT_TRUE(score.events[0].ended);
  EXPECT_NEAR(score.events[0].start_s, 18.0, 0.3);
  std::vector<int> counts;
  for (const SpanScore& span : score.spans) counts.push_back(span.events);
  EXPECT_EQ(counts, (std::vector<int>{0, 1, 0, 0}));
}

TEST(RecordingScore, CountsAnEventThatTheEndCutsOff) {
  const test::Samples sound = machine_sound(10.0, {.fault = 0.3, .fault_begin_s = 8.0});
  EXPECT_EQ(scored(sound).events.size(), 1U);
}

TEST(RecordingScore, NormalSoundHasNoEvents) {
  EXPECT_TRUE(scored(machine_sound(20.0, {.seed = 900})).events.empty());
}

ClipScore decided(bool anomalous) {
  ClipScore score;
  score.anomalous = anomalous;
  return score;
}

TEST(EventsCalledNormal, AreThoseThatNoDecisionShows) {
  RecordingScore recording;
  recording.events = {{.ended = true, .id = 1, .start_s = 5.0, .end_s = 6.0},
                      {.ended = true, .id = 2, .start_s = 19.0, .end_s = 21.0}};
  EXPECT_EQ(events_called_normal(recording).size(), 2U);
  recording.whole.anomalous = true;
  EXPECT_TRUE(events_called_normal(recording).empty());

  recording.spans = {{.start_s = 0.0, .end_s = 10.0, .score = decided(false)},
                     {.start_s = 10.0, .end_s = 20.0, .score = std::nullopt},
                     {.start_s = 20.0, .end_s = 30.0, .score = decided(true)}};
  const auto hidden = events_called_normal(recording);
  ASSERT_EQ(hidden.size(), 1U) << "with spans, the spans decide";
  EXPECT_EQ(hidden[0].id, 1);
}

}  // namespace
}  // namespace auscult
