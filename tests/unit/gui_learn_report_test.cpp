// What `auscult train --json --progress json` prints, as the window reads it.
#include <gtest/gtest.h>

#include "gui/learn/train_report.h"

namespace auscult::gui {
namespace {

// As LearnJob hands it on.
bool read(TrainProgress& progress, const std::string& line) {
  const auto message = parse_training_message(line);
  if (!message) return false;
  if (const auto* stage = std::get_if<StageMessage>(&*message)) progress.add(*stage);
  if (const auto* loss = std::get_if<LossMessage>(&*message)) progress.add(*loss);
  return true;
}

constexpr const char* kResult =
    R"({"model": "m.safetensors", "clips": 13, "seconds_of_sound": 130.0, "held_out_seconds": 120.0, "live_threshold": 8.9, "clip_threshold": 1.4, "wall_seconds": 38.5,
        "false_alarms_per_hour": 1.0, "skipped": [{"file": "x", "error": "not_audio"}], "level": {"low_dbfs": -33, "high_dbfs": -30, "off_dbfs": -42},
        "held_out": {"bin_width": 0.25, "histogram": [100, 50, 3], "clip_peaks": [0.4, 1.6], "finest_false_alarms_per_hour": 30.0,
                     "rates": [{"per_hour": 30.0, "threshold": 1.6}, {"per_hour": 60, "threshold": 1.2}]}})";

TEST(TrainProgress, AdvancesThroughTheStagesAndNeverFallsBack) {
  TrainProgress progress;
  EXPECT_EQ(progress.fraction(), 0.0);
  double last = 0.0;
  for (const char* line : {R"({"stage":"reading","done":6,"total":12,"unit":"clips","seconds":0.1})",
                           R"({"stage":"training","done":10,"total":1000,"unit":"steps","seconds":1.0})",
                           R"({"stage":"training","done":500,"total":1000,"unit":"steps","seconds":20.0})",
                           R"({"stage":"training","done":505,"total":1500,"unit":"steps","seconds":21.0})",
                           R"({"stage":"calibrating","done":6,"total":12,"unit":"clips","seconds":40.0})",
                           R"({"stage":"setting thresholds","done":12,"total":12,"unit":"clips","seconds":42.0})"}) {
    EXPECT_TRUE(read(progress, line)) << line;
    EXPECT_GE(progress.fraction(), last) << line;
    last = progress.fraction();
  }
  EXPECT_NEAR(last, 1.0, 1e-9);
  EXPECT_EQ(progress.seconds(), 42.0);
}

TEST(TrainProgress, TellsTheTimeLeftOnceItKnowsAnything) {
  TrainProgress progress;
  read(progress, R"({"stage":"training","done":1,"total":1000,"unit":"steps","seconds":0.5})");
  EXPECT_FALSE(progress.seconds_left());
  read(progress, R"({"stage":"training","done":500,"total":1000,"unit":"steps","seconds":20.0})");
  ASSERT_TRUE(progress.seconds_left());
  EXPECT_NEAR(*progress.seconds_left(), 20.0 / progress.fraction() - 20.0, 1e-9);
}

TEST(TrainProgress, KeepsALossCurveForEachTrainingOfEachDetector) {
  TrainProgress progress;
  for (const char* line :
       {R"({"stage":"loss","detector":"summary","model":0,"done":1,"unit":"steps","loss":31.2,"seconds":0.1})",
        R"({"stage":"loss","detector":"frames","model":0,"done":4,"unit":"steps","loss":70,"seconds":0.1})",
        R"({"stage":"loss","detector":"summary","model":0,"done":2,"unit":"steps","loss":30.1,"seconds":0.2})",
        R"({"stage":"loss","detector":"summary","model":1,"done":1,"unit":"steps","loss":31.0,"seconds":0.3})"})
    EXPECT_TRUE(read(progress, line));
  ASSERT_EQ(progress.curves().size(), 3U);
  EXPECT_EQ(progress.curves()[0].losses, (std::vector<double>{31.2, 30.1}));
  EXPECT_EQ(progress.curves()[0].steps, (std::vector<double>{1, 2}));
  EXPECT_EQ(progress.curves()[1].detector, "frames");
  EXPECT_EQ(progress.curves()[2].model, 1);
}

TEST(TrainProgress, LeavesMessagesForPeopleAlone) {
  TrainProgress progress;
  for (const char* line :
       {"auscult: error: there is too little normal sound", "", "{", "[1, 2]", "{\"stage\": 3}", "17"})
    EXPECT_FALSE(read(progress, line)) << line;
  EXPECT_TRUE(read(progress, R"({"stage":"polishing","done":"many"})")) << "a newer program may say more";
  EXPECT_EQ(progress.stage(), "polishing");
}

TEST(TrainReport, HoldsWhatTheReviewShows) {
  const auto result = parse_training_summary(kResult);
  ASSERT_TRUE(result) << to_message(result.error());
  EXPECT_EQ(result->clips, 13);
  EXPECT_EQ(result->skipped.size(), 1U);
  EXPECT_EQ(result->live_threshold, 8.9);
  EXPECT_EQ(result->level.off_dbfs, -42.0F);
  EXPECT_EQ(result->held_out.histogram, (std::vector<std::uint64_t>{100, 50, 3}));
  ASSERT_EQ(result->held_out.rates.size(), 2U);
  EXPECT_EQ(result->held_out.rates[0].per_hour, 30.0);
}

TEST(TrainReport, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{}", "[]", "not json", R"({"live_threshold": 3})", R"({"live_threshold": "high", "clips": 1})"})
    EXPECT_FALSE(parse_training_summary(text)) << text;
}

TEST(TrainReport, SaysWhichRateTheHeldOutTimeSupports) {
  const TrainingSummary result = *parse_training_summary(kResult);
  EXPECT_NE(supported_rate_text(result).find("about 30 false alarms per hour"), std::string::npos)
      << supported_rate_text(result);
  for (const HeldOutScores::Rate& rate : result.held_out.rates)
    EXPECT_GE(rate.per_hour, result.held_out.finest_rate) << "no finer promise is offered";
  EXPECT_EQ(own_threshold_text(result).find("per hour"), std::string::npos)
      << "one false alarm per hour is not promised by two minutes of sound";
  TrainingSummary long_one = result;
  long_one.held_out.finest_rate = 0.5;
  EXPECT_NE(own_threshold_text(long_one).find("about 1 false alarm per hour"), std::string::npos)
      << own_threshold_text(long_one);
}

TEST(TrainReport, RatesReadAsPeopleSpeak) {
  EXPECT_EQ(rate_text(27.69), "about 28 false alarms per hour");
  EXPECT_EQ(rate_text(6.0), "about 6 false alarms per hour");
  EXPECT_EQ(rate_text(1.0), "about 1 false alarm per hour");
  EXPECT_EQ(rate_text(0.5), "about 12 false alarms per day");
}

}  // namespace
}  // namespace auscult::gui
