// The report of a finished training, as it is written and parsed.
#include <gtest/gtest.h>

#include "app/training_summary.h"

namespace auscult {
namespace {

// The required fields alone.
constexpr const char* kShortest =
    R"({"clips": 13, "seconds_of_sound": 130.0, "held_out_seconds": 120.0, "live_threshold": 8.9, "skipped": [],
        "level": {"low_dbfs": -33, "high_dbfs": -30, "off_dbfs": -42},
        "held_out": {"bin_width": 0.25, "histogram": [1], "finest_false_alarms_per_hour": 30.0, "rates": []}})";

TEST(TrainingSummary, ComesBackAsItWasWritten) {
  TrainingSummary written;
  written.model = "m.safetensors";
  written.preset = "monitor";
  written.machine = "pump \"3\"";
  written.clips = 13;
  written.held_out_clips = 12;
  written.seconds_of_sound = 130.5;
  written.held_out_seconds = 120.25;
  written.live_threshold = 8.9;
  written.clip_threshold = 1.4;
  written.detectors = {{.name = "summary",
                        .rows = 100,
                        .steps = 40,
                        .first_objective = 31.5,
                        .last_objective = 2.25,
                        .ridge_escalations = 1,
                        .held_out_windows = 77}};
  written.skipped = {{.file = "x.wav", .error = "not_audio"}};
  written.wall_seconds = 38.5;
  written.false_alarms_per_hour = 1.0;
  written.level = {.low_dbfs = -33.5F, .high_dbfs = -30.25F, .off_dbfs = -42.0F};
  written.held_out.bin_width = 0.25;
  written.held_out.histogram = {100, 50, 3};
  written.held_out.clip_peaks = {0.4, 1.6};
  written.held_out.finest_rate = 30.0;
  written.held_out.rates = {{.per_hour = 30.0, .threshold = 1.6}, {.per_hour = 60.0, .threshold = 1.2}};
  written.added = {{.file = "a.flac", .before = 3.5, .after = 1.25},
                   {.file = "b.flac", .before = std::nullopt, .after = std::nullopt}};

  const auto read = parse_training_summary(to_json(written));
  ASSERT_TRUE(read) << to_message(read.error());
  EXPECT_EQ(to_json(*read), to_json(written)) << "every field";
  EXPECT_EQ(read->machine, written.machine);
  EXPECT_EQ(read->live_threshold, 8.9);
  EXPECT_EQ(read->level.off_dbfs, -42.0F);
  EXPECT_EQ(read->held_out.histogram, written.held_out.histogram);
  ASSERT_EQ(read->detectors.size(), 1U);
  EXPECT_EQ(read->detectors[0].held_out_windows, 77U);
  ASSERT_EQ(read->added.size(), 2U);
  EXPECT_EQ(read->added[0].after, 1.25);
  EXPECT_FALSE(read->added[1].before) << "too short for an alarm";
}

TEST(TrainingSummary, NeedsNoMoreThanAModelIsJudgedBy) {
  const auto read = parse_training_summary(kShortest);
  ASSERT_TRUE(read) << to_message(read.error());
  EXPECT_EQ(read->clips, 13);
  EXPECT_EQ(read->wall_seconds, 0.0);
  EXPECT_TRUE(read->added.empty());
}

TEST(TrainingSummary, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{}", "[]", "not json", R"({"live_threshold": 3})", R"({"live_threshold": "high", "clips": 1})"})
    EXPECT_FALSE(parse_training_summary(text)) << text;
}

}  // namespace
}  // namespace auscult
