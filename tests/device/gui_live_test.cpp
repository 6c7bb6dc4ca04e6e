// The whole chain on a real audio system: a null sink plays the shipped recording, PortAudio captures it, the window
// shows it.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/demo_as_monitor.h"
#include "support/files.h"
#include "support/process.h"
#include "support/pulse.h"
#include "support/wait.h"
#include "support/xvfb.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kRecording = source_dir() / "assets" / "demo.flac";
const std::filesystem::path kModel = source_dir() / "models" / "demo.safetensors";

// The recording begins with more normal sound than this, even if the window opens a few seconds into it.
constexpr double kNormalSeconds = 3.0;

class LiveWindow {
 public:
  LiveWindow(const XvfbDisplay& display, const PulseNullSink& sink, const std::filesystem::path& model) {
    Environment environment = sink.environment();
    environment.merge(display.environment());
    environment["AUSCULT_LOG"] = "debug";
    process_ = std::make_unique<BackgroundProcess>(std::vector<std::string>{program("auscult-gui"), model.string()},
                                                   environment, (folder_ / "out").string(), (folder_ / "err").string());
  }
  std::string said() const { return read_file(folder_ / "err"); }
  bool says(const std::string& words, std::chrono::seconds timeout) const {
    const auto has_said = [&] { return said().find(words) != std::string::npos; };
    eventually([&] { return !process_->running() || has_said(); }, timeout);
    return has_said();
  }
  std::string last(const std::string& key) const {
    const std::string text = said();
    const auto at = text.rfind(key);
    if (at == std::string::npos) return "";
    return text.substr(at + key.size(), text.find('\n', at) - at - key.size());
  }

 private:
  TempDir folder_;
  std::unique_ptr<BackgroundProcess> process_;
};

TEST(WindowLive, RaisesAnEventWhenTheMachineBreaksAndLosesNothing) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  write_demo_as_monitor(folder / "pump.safetensors");
  const PulseNullSink sink;
  const auto player = sink.play(kRecording);  // the machine runs already when the window opens
  LiveWindow window(display, sink, folder / "pump.safetensors");
  ASSERT_TRUE(window.says("sound: arrives", 30s)) << window.said();
  EXPECT_TRUE(window.says("state: Sounds normal", 60s)) << window.said();
  EXPECT_TRUE(window.says("state: ALARM", 90s)) << window.said();
  EXPECT_TRUE(window.says("events: 1", 5s)) << window.said();
  EXPECT_GT(std::stod(window.last("event begins at ")), kNormalSeconds) << "a false alarm: the fault begins later";
  EXPECT_EQ(window.last("lost: "), "0");
  display.screenshot(folder / "alarm.png");
  const Picture picture = read_picture(folder / "alarm.png");
  EXPECT_GT(picture.colours(840, 150, 50, 250), 60U) << "no spectrogram is to be seen";
}

TEST(WindowLive, DemoModelDrawsButJudgesNothingOnAMicrophone) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const PulseNullSink sink;
  LiveWindow window(display, sink, kModel);
  ASSERT_TRUE(window.says("sound: arrives", 30s)) << window.said();
  EXPECT_TRUE(window.says("banner: Demo model", 5s)) << window.said();
  const auto player = sink.play(kRecording);
  EXPECT_TRUE(window.says("state: Demo model: not judging", 30s)) << window.said();
  EXPECT_NE(player->wait(120s), -1);
  EXPECT_EQ(window.said().find("state: ALARM"), std::string::npos);
  EXPECT_EQ(window.last("events: "), "0");
}

}  // namespace
}  // namespace auscult::test
