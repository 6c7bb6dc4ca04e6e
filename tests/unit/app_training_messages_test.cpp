// Messages of a training process, as they are written and parsed.
#include <vector>

#include <gtest/gtest.h>

#include "app/training_messages.h"

namespace auscult {
namespace {

std::vector<TrainingMessage> read_all(const std::vector<std::string>& lines) {
  std::vector<TrainingMessage> messages;
  for (const std::string& line : lines) {
    EXPECT_TRUE(line.ends_with('\n')) << line;
    const auto message = parse_training_message(line);
    EXPECT_TRUE(message) << line;
    if (message) messages.push_back(*message);
  }
  return messages;
}

TEST(TrainingMessages, ProgressAndLossComeBackAsTheyWereWritten) {
  std::vector<std::string> lines;
  TrainingMessageWriter writer([&](const std::string& line) { lines.push_back(line); });
  writer.progress({.stage = "reading", .done = 3, .total = 12, .unit = "clips"});
  writer.loss({.detector = "summary", .model = 2, .step = 17, .loss = 31.25});
  const auto messages = read_all(lines);
  ASSERT_EQ(messages.size(), 2U);
  const auto& stage = std::get<StageMessage>(messages[0]);
  EXPECT_EQ(stage.stage, "reading");
  EXPECT_EQ(stage.done, 3U);
  EXPECT_EQ(stage.total, 12U);
  EXPECT_EQ(stage.unit, "clips");
  EXPECT_GE(stage.seconds, 0.0);
  const auto& loss = std::get<LossMessage>(messages[1]);
  EXPECT_EQ(loss.point.detector, "summary");
  EXPECT_EQ(loss.point.model, 2);
  EXPECT_EQ(loss.point.step, 17U);
  EXPECT_EQ(loss.point.loss, 31.25);
  EXPECT_GE(loss.seconds, stage.seconds);
}

TEST(TrainingMessages, AnErrorOfAnyCodeComesBackWhole) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const Error written = {.code = static_cast<ErrorCode>(code),
                           .what = "a \"quoted\" word\nand a second line",
                           .context = "/a/folder",
                           .hint = "record more"};
    const auto message = parse_training_message(to_json(written));
    ASSERT_TRUE(message);
    const auto& read = std::get<Error>(*message);
    EXPECT_EQ(read.code, written.code);
    EXPECT_EQ(read.what, written.what);
    EXPECT_EQ(read.context, written.context);
    EXPECT_EQ(read.hint, written.hint);
  }
}

TEST(TrainingMessages, ACodeOfAnotherVersionIsInternal) {
  const auto message = parse_training_message(R"({"stage":"error","code":"moonlight","what":"x"})");
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<Error>(*message).code, ErrorCode::internal);
}

TEST(TrainingMessages, BytesThatAreNoTextDoNotEndTheTraining) {
  const auto message = parse_training_message(to_json(Error{ErrorCode::bad_input, "\xff is no text", "", ""}));
  ASSERT_TRUE(message);
  EXPECT_TRUE(std::get<Error>(*message).what.ends_with(" is no text"));
}

TEST(TrainingMessages, EveryStagesFirstAndLastAndEveryCurvesFirstAreWritten) {
  std::vector<std::string> lines;
  TrainingMessageWriter writer([&](const std::string& line) { lines.push_back(line); });
  for (std::uint64_t done = 0; done <= 1000; ++done)
    writer.progress({.stage = "training", .done = done, .total = 1000, .unit = "steps"});
  writer.progress({.stage = "calibrating", .done = 1, .total = 9, .unit = "clips"});
  for (int model = 0; model < 3; ++model)
    for (std::uint64_t step = 1; step <= 100; ++step)
      writer.loss({.detector = "frames", .model = model, .step = step, .loss = 1.0});
  const auto messages = read_all(lines);
  EXPECT_LT(messages.size(), 500U) << "a reader is not flooded";
  std::uint64_t first = 99, last = 0;
  bool calibrating = false;
  std::vector<int> curves;
  for (const TrainingMessage& message : messages) {
    if (const auto* stage = std::get_if<StageMessage>(&message)) {
      if (stage->stage == "training") first = std::min(first, stage->done), last = stage->done;
      calibrating = calibrating || stage->stage == "calibrating";
    } else if (const auto& point = std::get<LossMessage>(message).point; point.step == 1) {
      curves.push_back(point.model);
    }
  }
  EXPECT_EQ(first, 0U);
  EXPECT_EQ(last, 1000U);
  EXPECT_TRUE(calibrating);
  EXPECT_EQ(curves, (std::vector<int>{0, 1, 2}));
}

TEST(TrainingMessages, LinesForPeopleAreNone) {
  for (const char* line :
       {"auscult: error: there is too little normal sound", "", "{", "[1, 2]", "{\"stage\": 3}", "17"})
    EXPECT_FALSE(parse_training_message(line)) << line;
}

TEST(TrainingMessages, NumbersThatMakeNoSenseAreTakenAsNone) {
  const auto message = parse_training_message(R"({"stage":"polishing","done":"many","total":-4,"seconds":null})");
  ASSERT_TRUE(message) << "a newer program may write more fields";
  EXPECT_EQ(std::get<StageMessage>(*message).done, 0U);
  EXPECT_EQ(std::get<StageMessage>(*message).total, 0U);
}

}  // namespace
}  // namespace auscult
