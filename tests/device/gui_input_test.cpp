// The input of the real window: one that is not there yet, one that is set up, one that lacks the channel that is asked for.
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "support/pulse.h"
#include "support/robot.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

const std::string kModel = (source_dir() / "models" / "demo.safetensors").string();
const std::filesystem::path kRecording = source_dir() / "assets" / "demo.flac";

Environment with(Environment environment, const Environment& more) {
  environment.insert(more.begin(), more.end());
  return environment;
}

TEST(Input, ThatIsNotThereIsLookedForUntilItIs) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  PulseNullSink sink;
  sink.kill();
  const WindowRobot window(display, {kModel}, sink.environment());
  ASSERT_TRUE(window.says("banner: No microphone can be used.")) << window.said();
  std::this_thread::sleep_for(7s);  // it has looked in vain at least once
  EXPECT_EQ(window.last("phase: "), "failed");
  sink.restart();
  const auto player = sink.play(kRecording);
  EXPECT_TRUE(window.says("sound: arrives", 30s)) << window.said();
  EXPECT_EQ(window.last("phase: "), "running");
}

TEST(Input, GainAndCalibrationAreKeptUnderItsName) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const TempDir config;
  const PulseNullSink sink;
  const auto player = sink.play(kRecording);
  const auto file = std::filesystem::path(config.path()) / "auscult" / "settings.toml";
  {
    const WindowRobot window(display, {kModel}, with(sink.environment(), {{"XDG_CONFIG_HOME", config.path()}}));
    ASSERT_TRUE(window.says("sound: arrives")) << window.said();
    display.press_key("ctrl+d");
    ASSERT_TRUE(window.click("Gain"));
    display.press_key("ctrl+a");
    display.type("12");
    display.press_key("Return");
    ASSERT_TRUE(window.click("Calibrate")) << window.said();
    for (int i = 0; i < 100 && (!std::filesystem::exists(file) || read_file(file).find("offset_db") == std::string::npos); ++i) std::this_thread::sleep_for(100ms);
    display.press_key("Escape");
    display.press_key("ctrl+q");
  }
  const std::string kept = read_file(file);
  EXPECT_NE(kept.find("gain_db = 12.0"), std::string::npos) << kept;
  // The sound of the recording is some 30 dB below the loudest: 94 dB SPL would be 112 with the gain.
  const auto at = kept.find("offset_db = ");
  ASSERT_NE(at, std::string::npos) << kept;
  EXPECT_NEAR(std::stod(kept.substr(at + 12)), 112.0, 12.0) << kept;
}

TEST(Input, WithoutTheChannelThatIsAskedForIsAnErrorInWords) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const TempDir config;
  std::filesystem::create_directories(std::filesystem::path(config.path()) / "auscult");
  write_file(std::filesystem::path(config.path()) / "auscult" / "settings.toml", "version = 1\n[[inputs]]\ndevice = \"\"\nchannel = 40\n");
  const PulseNullSink sink;
  const auto player = sink.play(kRecording);
  const WindowRobot window(display, {kModel}, with(sink.environment(), {{"XDG_CONFIG_HOME", config.path()}}));
  EXPECT_TRUE(window.says("banner: The input could not be used.")) << window.said();
  EXPECT_EQ(window.last("phase: "), "failed");
}

}  // namespace
}  // namespace auscult::test
