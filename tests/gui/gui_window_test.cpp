// The real window on a private X server. Skipped with a message if Xvfb, xdotool or ImageMagick is not installed.
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/process.h"
#include "support/wait.h"
#include "support/xvfb.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

// 16-bit mono WAV at 16 kHz: a hum with harmonics whose pitch steps up every second, so that the picture never repeats.
void write_hum(const std::filesystem::path& path, int seconds) {
  constexpr int kRate = 16000;
  const int frames = kRate * seconds;
  std::string bytes = "RIFF....WAVEfmt " + std::string(20, '.') + "data....";
  const auto put = [&bytes](std::size_t at, std::uint32_t value, std::size_t size) {
    std::memcpy(&bytes[at], &value, size);
  };
  put(4, static_cast<std::uint32_t>(36 + 2 * frames), 4);
  put(16, 16, 4);
  put(20, 1, 2);
  put(22, 1, 2);
  put(24, kRate, 4);
  put(28, 2 * kRate, 4);
  put(32, 2, 2);
  put(34, 16, 2);
  put(40, static_cast<std::uint32_t>(2 * frames), 4);
  std::uint32_t noise = 1;
  for (int n = 0; n < frames; ++n) {
    const double pitch = 60.0 + 10.0 * (n / kRate);
    double x = 0.0;
    for (int k = 1; k < 20; ++k) x += 0.05 / k * std::sin(6.283185307179586 * pitch * k * n / kRate);
    noise = noise * 1664525U + 1013904223U;
    x += 0.02 * (static_cast<double>(noise >> 16U) / 32768.0 - 1.0);
    const auto sample = static_cast<std::int16_t>(std::lround(32767.0 * x));
    bytes.append(reinterpret_cast<const char*>(&sample), 2);
  }
  write_file(path, bytes);
}

// The window in the background, and its log (AUSCULT_LOG=debug).
class Window {
 public:
  Window(const XvfbDisplay& display, std::vector<std::string> arguments) : display_(display) {
    arguments.insert(arguments.begin(), program("auscult-gui"));
    Environment environment = display.environment();
    environment["AUSCULT_LOG"] = "debug";
    process_ = std::make_unique<BackgroundProcess>(arguments, environment, (folder_ / "out").string(),
                                                   (folder_ / "err").string());
  }
  std::string said() const { return read_file(folder_ / "err"); }
  /// Waits until the window has logged it; false if the window exits first, or after half a minute.
  bool says(const std::string& words) const {
    const auto has_said = [&] { return said().find(words) != std::string::npos; };
    eventually([&] { return !process_->running() || has_said(); }, 30s);
    return has_said();  // a program that has ended may have said it last
  }
  double last_threshold() const {
    const std::string text = said(), key = "threshold: ";
    const auto at = text.rfind(key);
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + key.size()));
  }
  Picture look() const {
    display_.screenshot(folder_ / "look.png");
    return read_picture(folder_ / "look.png");
  }
  /// Waits until the newest columns of the spectrograms are to be seen.
  bool draws() const {
    return eventually([&] { return look().colours(840, 150, 50, 250) > 60U; });
  }
  BackgroundProcess& process() { return *process_; }

 private:
  const XvfbDisplay& display_;
  TempDir folder_;
  std::unique_ptr<BackgroundProcess> process_;
};

struct Spot {
  int x = -1, y = -1;
};
// Center of the pixels of the threshold's color (slider grab, drag handle) in a rectangle.
Spot find_handle(const Picture& picture, int x, int y, int w, int h) {
  std::int64_t sum_x = 0, sum_y = 0, n = 0;
  for (int row = y; row < y + h; ++row)
    for (int column = x; column < x + w; ++column) {
      const unsigned char* p = picture.at(column, row);
      if (p[0] < 250 || std::abs(p[1] - 179) > 4 || std::abs(p[2] - 71) > 4) continue;
      sum_x += column;
      sum_y += row;
      ++n;
    }
  if (n == 0) return {};
  return {static_cast<int>(sum_x / n), static_cast<int>(sum_y / n)};
}

std::string demo_model() {
  return (source_dir() / "models" / "demo.safetensors").string();
}

TEST(WindowCommandLine, RefusesAMissingRecordingBeforeOpening) {
  const ProcessResult result =
      run_process({program("auscult-gui"), "--input", "/nowhere/there-is-no.wav"}, {{"DISPLAY", ""}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("there-is-no.wav"), std::string::npos) << result.err;
}

TEST(WindowCommandLine, SaysWhatToDoWithoutADisplay) {
  const ProcessResult result =
      run_process({program("auscult-gui"), demo_model()}, {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_NE(result.err.find("auscult listen"), std::string::npos) << result.err;
}

TEST(WindowCommandLine, RefusesOptionsThatMakeNoSense) {
  EXPECT_EQ(run_process({program("auscult-gui"), "--after", "3"}).exit_code, 2);
  EXPECT_EQ(run_process({program("auscult-gui"), "--scale", "99"}).exit_code, 2);
}

TEST(Window, RefusesADamagedModel) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  write_file(folder / "broken.safetensors", "this is no model");
  const ProcessResult result =
      run_process({program("auscult-gui"), (folder / "broken.safetensors").string()}, display.environment(), 60s);
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_NE(result.err.find("broken.safetensors"), std::string::npos) << result.err;
}

TEST(Window, StaysOpenWithoutAMicrophoneAndSaysSo) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  Window window(display, {demo_model(), "--device", "a microphone that nobody has"});
  ASSERT_TRUE(display.wait_for_window("Auscult")) << window.said();
  EXPECT_TRUE(window.says("banner: No usable microphone.")) << window.said();
  EXPECT_TRUE(window.process().running());
  EXPECT_GT(window.look().colours(0, 0, 1280, 800), 50U);
}

TEST(Window, WritesThePictureThatWasAskedFor) {
  for (const int scale : {1, 2}) {
    AUSCULT_REQUIRE_DISPLAY(display, 1280 * scale, 800 * scale);
    TempDir folder;
    write_hum(folder / "hum.wav", 20);
    const ProcessResult result =
        run_process({program("auscult-gui"), demo_model(), "--input", (folder / "hum.wav").string(), "--scale",
                     std::to_string(scale), "--screenshot", (folder / "picture.png").string(), "--after", "6"},
                    display.environment(), 120s);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Picture picture = read_picture(folder / "picture.png");
    EXPECT_EQ(picture.width, 1280 * scale);
    EXPECT_EQ(picture.height, 800 * scale);
    // The newest columns of the spectrograms.
    EXPECT_GT(picture.colours(840 * scale, 150 * scale, 50 * scale, 250 * scale), 60U) << "scale " << scale;
  }
}

TEST(Window, CannotWriteThePictureIntoAMissingFolder) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const ProcessResult result = run_process({program("auscult-gui"), demo_model(), "--device", "none", "--screenshot",
                                            "/nowhere/picture.png", "--after", "1"},
                                           display.environment(), 60s);
  EXPECT_EQ(result.exit_code, 6) << result.err;
}

TEST(Window, ScrollsASpectrogramOfWhatItHears) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  write_hum(folder / "hum.wav", 60);
  Window window(display, {demo_model(), "--input", (folder / "hum.wav").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  ASSERT_TRUE(window.draws());
  const Picture before = window.look();
  EXPECT_TRUE(eventually([&] { return difference(before, window.look(), 600, 160, 290, 250) > 0.05; }));
}

TEST(Window, HoldsStillWhenFrozenWhileItGoesOnListening) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  write_hum(folder / "hum.wav", 60);
  Window window(display, {demo_model(), "--input", (folder / "hum.wav").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.move_mouse(1200, 700);
  ASSERT_TRUE(window.draws());
  display.press_key("space");
  ASSERT_TRUE(window.says("view: frozen")) << window.said();
  Picture before;
  const auto holds_still = [&] { return difference(before, window.look(), 60, 160, 830, 250) == 0.0; };
  ASSERT_TRUE(eventually([&] {  // what was drawn already when it was frozen
    before = window.look();
    return holds_still();
  }));
  EXPECT_TRUE(holds_for(2s, holds_still));
  EXPECT_EQ(window.said().find("phase: stop"), std::string::npos);
  display.press_key("space");
  EXPECT_TRUE(window.says("view: following"));
  EXPECT_TRUE(eventually([&] { return difference(before, window.look(), 60, 160, 830, 250) > 0.02; }));
}

TEST(Window, ThresholdFollowsSliderAndLine) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  write_hum(folder / "hum.wav", 120);
  Window window(display, {demo_model(), "--input", (folder / "hum.wav").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  // Below the bars of the attribution, which have the same color while the score is high.
  Spot grab;
  const auto find_slider = [&] {
    grab = find_handle(window.look(), 970, 340, 160, 120);
    return std::pair(grab.x, grab.y);
  };
  ASSERT_TRUE(eventually([&] { return find_slider().first > 0; })) << "no slider";
  ASSERT_TRUE(settles(find_slider, 1s)) << "the panel above it grows with the first score";
  const double at_start = window.last_threshold();
  display.drag(grab.x, grab.y, grab.x - 30, grab.y);
  EXPECT_TRUE(eventually([&] { return window.last_threshold() < at_start; })) << window.said();
  const double after_slider = window.last_threshold();

  const Spot handle = find_handle(window.look(), 886, 560, 9, 200);
  ASSERT_GT(handle.x, 0) << "no line";
  display.drag(handle.x - 100, handle.y, handle.x - 100, handle.y - 15);
  EXPECT_TRUE(eventually([&] { return window.last_threshold() > after_slider; })) << window.said();
}

TEST(Window, EndsCleanlyWhenClosedWhileListening) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  write_hum(folder / "hum.wav", 60);
  Window window(display, {demo_model(), "--input", (folder / "hum.wav").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.move_mouse(600, 400);
  display.press_key("ctrl+q");
  EXPECT_EQ(window.process().wait(5000ms), 0);
}

TEST(Window, EndsCleanlyWhenInterrupted) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  Window window(display, {demo_model(), "--device", "none"});
  ASSERT_TRUE(window.says("phase: failed")) << window.said();
  window.process().signal(SIGINT);
  EXPECT_EQ(window.process().wait(5000ms), 130);
}

}  // namespace
}  // namespace auscult::test
