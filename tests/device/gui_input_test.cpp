// The input of the real window: one that is not there yet, one with settings, one that lacks the requested channel.
#include <cmath>
#include <memory>
#include <numbers>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "support/pulse.h"
#include "support/robot.h"
#include "support/sounds.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

const std::string kModel = (source_dir() / "models" / "demo.safetensors").string();
const std::filesystem::path kRecording = source_dir() / "assets" / "demo.flac";

Environment with(Environment environment, const Environment& more) {
  environment.insert(more.begin(), more.end());
  return environment;
}

TEST(WindowInput, ThatIsNotThereIsLookedForUntilItIs) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  PulseNullSink sink;
  sink.kill();
  const WindowRobot window(display, {kModel}, sink.environment());
  ASSERT_TRUE(window.says("banner: No usable microphone.")) << window.said();
  // Every few seconds it tries again, without success.
  EXPECT_TRUE(holds_for(7s, [&] { return window.last("phase: ") == "failed"; })) << window.said();
  sink.restart();
  const auto player = sink.play(kRecording);
  EXPECT_TRUE(window.says("sound: arrives", 30s)) << window.said();
  EXPECT_EQ(window.last("phase: "), "running");
}

// The calibration in the settings; nothing if there is none.
std::optional<double> stored_offset(const std::filesystem::path& settings) {
  const std::string text = std::filesystem::exists(settings) ? read_file(settings) : "", key = "offset_db = ";
  const auto at = text.find(key);
  return at == std::string::npos ? std::nullopt : std::optional(std::stod(text.substr(at + key.size())));
}

// Presses "The sound now is 94 dB" and returns the resulting offset; NaN if there is none.
double calibrated(const XvfbDisplay& display, const WindowRobot& window, const std::filesystem::path& settings) {
  const auto before = stored_offset(settings);
  if (!window.offers("Calibrate", 30s) || !window.click("Calibrate")) return NAN;
  const bool changed = eventually([&] { return stored_offset(settings) != before; }, 10s);
  display.press_key("Escape");
  return changed ? stored_offset(settings).value_or(NAN) : NAN;
}

TEST(WindowInput, GainAndCalibrationAreKeptAndGainActsFromTheStart) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const TempDir config, sound;
  // A tone all the time, 20 dB below the loudest sine: -23 dBFS.
  Samples tone(120 * 16000);
  for (std::size_t n = 0; n < tone.size(); ++n)
    tone[n] = static_cast<float>(0.1 * std::sin(2.0 * std::numbers::pi * 1000.0 * static_cast<double>(n) / 16000.0));
  write_sound(sound / "tone.wav", tone, 16000, 1, AudioEncoding::wav_pcm16);
  const PulseNullSink sink;
  const auto player = sink.play(sound / "tone.wav");
  const auto file = std::filesystem::path(config.path()) / "auscult" / "settings.toml";
  {
    const WindowRobot window(display, {kModel}, with(sink.environment(), {{"XDG_CONFIG_HOME", config.path()}}));
    ASSERT_TRUE(window.says("sound: arrives")) << window.said();
    display.press_key("ctrl+d");
    ASSERT_TRUE(window.click("Gain"));
    display.press_key("ctrl+a");
    display.type("12");
    display.press_key("Return");
    EXPECT_TRUE(eventually([&] { return !window.offers("Calibrate", 0s); }, 5s))
        << "what was heard before had another gain";
    ASSERT_TRUE(eventually([&] { return stored_offset(file).has_value(); })) << "the gain is stored first";
    EXPECT_NEAR(calibrated(display, window, file), 94.0 + 23.0 - 12.0, 0.5) << window.said();
    display.press_key("ctrl+q");
  }
  const std::string kept = read_file(file);
  EXPECT_NE(kept.find("gain_db = 12.0"), std::string::npos) << kept;
  std::string changed = kept;
  changed.replace(kept.find("offset_db = "), 12, "offset_db = 1");  // so that a new one can be told
  write_file(file, changed);
  const WindowRobot window(display, {kModel}, with(sink.environment(), {{"XDG_CONFIG_HOME", config.path()}}));
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.press_key("ctrl+d");
  EXPECT_NEAR(calibrated(display, window, file), 94.0 + 23.0 - 12.0, 0.5) << "the gain is there from the start";
}

TEST(WindowInput, WithoutTheChannelThatIsAskedForIsAnErrorInWords) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const TempDir config;
  std::filesystem::create_directories(std::filesystem::path(config.path()) / "auscult");
  write_file(std::filesystem::path(config.path()) / "auscult" / "settings.toml",
             "version = 1\n[[inputs]]\ndevice = \"\"\nchannel = 40\n");
  const PulseNullSink sink;
  const auto player = sink.play(kRecording);
  const WindowRobot window(display, {kModel}, with(sink.environment(), {{"XDG_CONFIG_HOME", config.path()}}));
  EXPECT_TRUE(window.says("banner: The input could not be used.")) << window.said();
  EXPECT_EQ(window.last("phase: "), "failed");
}

}  // namespace
}  // namespace auscult::test
