// listen --json accounts for every sample of its input.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/cli.h"

namespace auscult::test {
namespace {

nlohmann::json summary_of(const ProcessResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto lines = json_lines(result.out);
  EXPECT_FALSE(lines.empty());
  return lines.empty() ? nlohmann::json::object() : lines.back();
}

TEST(ListenCommandAccounting, EverySampleOfAFileIsAnalyzed) {
  const TempDir folder;
  write_sound(folder / "a.wav", machine_sound(5.0003, {.seed = 4}), 16000, 1, AudioEncoding::wav_pcm16);
  const auto summary = summary_of(auscult({"listen", workshop().model(), "--input", folder / "a.wav", "--json"}));
  EXPECT_EQ(summary["type"], "summary");
  EXPECT_EQ(summary["captured"], 80'004);
  EXPECT_EQ(summary["analyzed"], 80'004);
  EXPECT_EQ(summary["lost"], 0);
}

TEST(ListenCommandAccounting, EverySampleOfAPipeIsAnalyzed) {
  const TempDir folder;
  write_sound(folder / "a.wav", machine_sound(5.0003, {.seed = 4}), 48000, 2, AudioEncoding::wav_pcm16);
  const auto summary = summary_of(run_process({"/bin/bash", "-c",
                                               "cat '" + std::string(folder / "a.wav") + "' | '" + program("auscult") +
                                                   "' listen '" + workshop().model() + "' --input - --json"}));
  EXPECT_EQ(summary["captured"], 40'002) << "sample frames of two channels";
  EXPECT_EQ(summary["analyzed"], summary["captured"]);
  EXPECT_EQ(summary["lost"], 0);
}

}  // namespace
}  // namespace auscult::test
