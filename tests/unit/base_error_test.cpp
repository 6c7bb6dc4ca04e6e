#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auscult/error.h"
#include "base/log.h"

namespace auscult {
namespace {

constexpr int kCodes = static_cast<int>(ErrorCode::internal) + 1;

TEST(ExitCode, GroupsErrorsAsTheCommandLinePromises) {
  EXPECT_EQ(exit_code(ErrorCode::usage), 2);
  EXPECT_EQ(exit_code(ErrorCode::ambiguous_machines), 2);
  for (ErrorCode code :
       {ErrorCode::file_not_found, ErrorCode::not_audio, ErrorCode::truncated_audio, ErrorCode::empty_input,
        ErrorCode::invalid_samples, ErrorCode::too_short, ErrorCode::not_enough_data, ErrorCode::bad_input})
    EXPECT_EQ(exit_code(code), 3) << to_string(code);
  for (ErrorCode code : {ErrorCode::model_damaged, ErrorCode::model_schema, ErrorCode::model_mismatch})
    EXPECT_EQ(exit_code(code), 4) << to_string(code);
  for (ErrorCode code : {ErrorCode::device_unavailable, ErrorCode::device_lost, ErrorCode::no_display})
    EXPECT_EQ(exit_code(code), 5) << to_string(code);
  EXPECT_EQ(exit_code(ErrorCode::write_failed), 6);
  EXPECT_EQ(exit_code(ErrorCode::cancelled), 130);
  EXPECT_EQ(kExitAnomaly, 10);
}

TEST(ExitCode, IsNeverSuccess) {
  for (int i = 0; i < kCodes; ++i) EXPECT_NE(exit_code(static_cast<ErrorCode>(i)), 0);
}

TEST(ErrorCodeNames, AreDifferentForEveryCode) {
  std::set<std::string> names;
  for (int i = 0; i < kCodes; ++i) names.insert(to_string(static_cast<ErrorCode>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kCodes));
}

TEST(ToMessage, LeavesOutWhatIsUnknown) {
  EXPECT_EQ(to_message({ErrorCode::not_audio, "is no audio file", "a.wav", "convert it"}),
            "a.wav: is no audio file\n  convert it");
  EXPECT_EQ(to_message({ErrorCode::not_audio, "is no audio file", "", ""}), "is no audio file");
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::bad_input, "is odd", std::to_string(number));
  return number / 2;
}

Result<int> quarter(int number) {
  AUSCULT_TRY_ASSIGN(const int once, half(number));
  AUSCULT_TRY(half(once));
  return once / 2;
}

TEST(TryMacros, KeepTheValueOrHandOnTheError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(3).error().context, "3");
  EXPECT_EQ(quarter(6).error().context, "3");
}

Result<std::unique_ptr<int>> boxed() {
  return std::make_unique<int>(7);
}

Result<int> unboxed() {
  AUSCULT_TRY_ASSIGN(std::unique_ptr<int> box, boxed());
  return *box;
}

TEST(TryMacros, MoveValuesThatCannotBeCopied) {
  EXPECT_EQ(unboxed().value(), 7);
}

TEST(Log, GivesLinesAtOrAboveTheLevelToTheSink) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view text) { lines.emplace_back(text); });
  set_log_level(LogLevel::warning);
  log(LogLevel::info, "dropped");
  log(LogLevel::warning, "kept");
  log(LogLevel::error, "kept too");
  set_log_level(LogLevel::info);
  set_log_sink({});
  EXPECT_EQ(lines, (std::vector<std::string>{"kept", "kept too"}));
}

}  // namespace
}  // namespace auscult
