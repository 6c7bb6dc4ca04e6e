#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "auscult/error.h"
#include "support/files.h"
#include "support/process.h"
#include "support/wait.h"

namespace auscult {
namespace {

using test::auscult;
using test::TempDir;

TEST(SimulateCommand, WritesASetUnderEverySnrNamed) {
  TempDir dir;
  const std::filesystem::path out = dir / "pumps";
  const auto result = auscult({"simulate", out, "--machines", "1", "--normal", "2", "--abnormal", "1", "--snr", "-6",
                               "--snr", "0", "--channels", "1", "--seconds", "1"});
  ASSERT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_TRUE(result.out.empty()) << result.out;
  EXPECT_TRUE(std::filesystem::exists(out / "-6_dB_pump/pump/id_00/normal/00000001.wav"));
  EXPECT_TRUE(std::filesystem::exists(out / "0_dB_pump/pump/id_00/abnormal/00000000.wav"));
  EXPECT_TRUE(std::filesystem::exists(out / "manifest.csv"));
}

TEST(SimulateCommand, WritesTheMachinesOfVersionTwo) {
  TempDir dir;
  const auto result =
      auscult({"simulate", dir / "fans", "--version", "2", "--machine-type", "fan", "--operation", "variable",
               "--machines", "1", "--normal", "1", "--abnormal", "1", "--channels", "1", "--seconds", "1"});
  ASSERT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_TRUE(std::filesystem::exists(dir / "fans" / "6_dB_fan/fan/id_00/abnormal/00000000.wav"));
  const auto demo = auscult({"simulate", "--demo", dir / "demo.wav", "--version", "2", "--machine-type", "gearbox",
                             "--fault", "wear", "--seconds", "1", "--fault-seconds", "1"});
  EXPECT_EQ(demo.exit_code, kExitOk) << demo.err;
}

TEST(SimulateCommand, SaysThatFansNeedVersionTwoAndWhichFaultsAFanHas) {
  TempDir dir;
  const auto old = auscult({"simulate", dir / "fans", "--machine-type", "fan"});
  EXPECT_EQ(old.exit_code, kExitUsage);
  EXPECT_NE(old.err.find("--version 2"), std::string::npos) << old.err;
  const auto demo =
      auscult({"simulate", "--demo", dir / "demo.wav", "--version", "2", "--machine-type", "fan", "--fault", "leak"});
  EXPECT_EQ(demo.exit_code, kExitUsage);
  EXPECT_NE(demo.err.find("blade_damage"), std::string::npos) << demo.err;
}

TEST(SimulateCommand, RefusesAFolderThatIsNotEmptyAndSaysWhatToDo) {
  TempDir dir;
  test::write_file(dir / "other.wav", "");
  const auto result = auscult({"simulate", dir.path()});
  EXPECT_EQ(result.exit_code, kExitInput);
  EXPECT_NE(result.err.find("name a new folder"), std::string::npos) << result.err;
}

TEST(SimulateCommand, WrongUseIsExitCodeTwo) {
  TempDir dir;
  EXPECT_EQ(auscult({"simulate"}).exit_code, kExitUsage);
  EXPECT_EQ(auscult({"simulate", dir / "a", "--channels", "9"}).exit_code, kExitUsage);
  EXPECT_EQ(auscult({"simulate", dir / "a", "--snr", "loud"}).exit_code, kExitUsage);
  EXPECT_EQ(auscult({"simulate", "--demo", dir / "a.flac", "--fault", "gremlins"}).exit_code, kExitUsage);
  EXPECT_EQ(auscult({"simulate", dir / "a", "--seed", "-1"}).exit_code, kExitUsage);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(SimulateCommand, AFolderThatCannotBeMadeIsAnOutputError) {
  EXPECT_EQ(auscult({"simulate", "/proc/pumps", "--normal", "1"}).exit_code, kExitOutput);
}

TEST(SimulateCommand, InterruptedItLeavesNothingAndSaysSo) {
  TempDir dir;
  const std::filesystem::path out = dir / "pumps";
  test::BackgroundProcess process({test::program("auscult"), "simulate", out, "--normal", "3000"}, {}, dir / "stdout",
                                  dir / "stderr");
  const std::filesystem::path first = out / "6_dB_pump/pump/id_00/normal/00000000.wav";
  ASSERT_TRUE(test::eventually([&] { return std::filesystem::exists(first); }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(std::chrono::seconds(60)), kExitInterrupted);
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_NE(test::read_file(dir / "stderr").find("interrupted"), std::string::npos);
}

TEST(SimulateCommand, WritesTheDemonstrationRecording) {
  TempDir dir;
  const auto result =
      auscult({"simulate", "--demo", dir / "demo.flac", "--seconds", "2", "--fault-seconds", "1", "--fault", "leak"});
  ASSERT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_TRUE(test::read_file(dir / "demo.flac").starts_with("fLaC"));
}

}  // namespace
}  // namespace auscult
