// No command opens a socket to the internet: it would be ended by the kernel.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/cli.h"
#include "support/no_internet.h"

namespace auscult::test {
namespace {
namespace fs = std::filesystem;

// Exit code of a command under the rule; prints what it said if that is not 0.
int code_of(const std::vector<std::string>& arguments, const Environment& environment) {
  return without_internet([&] {
    const ProcessResult result = auscult(arguments, environment);
    if (result.exit_code != 0) std::fprintf(stderr, "%s\n", result.err.c_str());
    return result.exit_code;
  });
}

TEST(NoInternetSocket, TheRuleReachesTheProgramsThatAreStarted) {
  AUSCULT_REQUIRE_NO_INTERNET_RULE();
  const auto connect_by_shell = [] {
    return run_process({"/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"}).exit_code;
  };
  EXPECT_EQ(without_internet(connect_by_shell), kEndedByTheRule);
}

TEST(NoInternetSocket, IsOpenedByAnyCommandOnFiles) {
  AUSCULT_REQUIRE_NO_INTERNET_RULE();
  const TempDir folder;
  const Environment home = {{"XDG_DATA_HOME", folder / "data"}, {"XDG_CONFIG_HOME", folder / "config"}};
  write_sound(folder / "fault.wav",
              machine_sound(14.0, {.seed = 5, .fault = 0.2, .fault_begin_s = 6.0, .fault_end_s = 9.0}));
  const std::string model = folder / "model.safetensors", wav = folder / "fault.wav";
  const std::vector<std::vector<std::string>> commands = {
      {"train", workshop().normal(), "--preset", workshop().preset(), "-o", model},
      {"score", model, wav, "--format", "jsonl", "-o", folder / "scores.jsonl"},
      {"listen", model, "--input", wav, "--keep-events", "--event-log", folder / "events.jsonl"},
      {"events", "list"},
      {"features", wav, "-o", folder / "features.csv"},
      {"inspect", model},
  };
  for (const auto& command : commands) EXPECT_EQ(code_of(command, home), 0) << command[0];
  EXPECT_TRUE(fs::exists(folder / "events.jsonl"));
}

}  // namespace
}  // namespace auscult::test
