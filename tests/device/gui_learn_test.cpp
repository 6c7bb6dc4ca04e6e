// Trains a model in the real window, by clicks on labels: a null sink plays a simulated pump, the window records it,
// trains in a child process, saves the model and continues with it; then the pump breaks. AUSCULT_LEARN_SECONDS
// lengthens the recording beyond the minimum, AUSCULT_WATCH_SECONDS the listening before the pump breaks;
// AUSCULT_LEARN_PICTURES is a folder for pictures.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/process.h"
#include "support/pulse.h"
#include "support/robot.h"
#include "support/xvfb.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kRate = 16000;
constexpr int kNormalSeconds = 560;

double seconds_from(const char* variable, double otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted ? std::atof(wanted) : otherwise;
}
double learn_seconds() {
  return seconds_from("AUSCULT_LEARN_SECONDS", 125.0);
}

// A pump that plays without a break, healthy until told to break: one stream, so that the fault begins in the middle of
// the sound and not at a gap.
class PlayedPump {
 public:
  explicit PlayedPump(const PulseNullSink& sink) {
    const auto wav = folder_ / "pump.wav";
    const ProcessResult made = auscult({"simulate", "--demo", wav, "--seconds", std::to_string(kNormalSeconds),
                                        "--fault", "leak", "--fault-seconds", "40", "--seed", "3"});
    if (made.exit_code != 0) throw std::runtime_error(made.err);
    const std::string bytes = read_file(wav);
    const auto data = bytes.find("data");
    samples_.resize((bytes.size() - data - 8) / 2);
    std::memcpy(samples_.data(), bytes.data() + data + 8, 2 * samples_.size());

    std::signal(SIGPIPE, SIG_IGN);
    if (mkfifo((folder_ / "fifo").c_str(), 0600) != 0) throw std::runtime_error("no pipe");
    player_ = std::make_unique<BackgroundProcess>(
        std::vector<std::string>{"pacat", "--playback", "--raw", "--device=vs", "--rate=16000", "--channels=1",
                                 "--format=s16le", "--latency-msec=1000", (folder_ / "fifo").string()},
        sink.environment(), (folder_ / "out").string(), (folder_ / "err").string());
    feeder_ = std::jthread([this](std::stop_token stop) { feed(stop); });
  }
  ~PlayedPump() {
    feeder_.request_stop();
    player_.reset();  // a blocked write ends when its reader is gone
  }
  void break_down() { broken_ = true; }

 private:
  void feed(const std::stop_token& stop) {
    int fd = -1;
    while (fd < 0 && !stop.stop_requested()) {
      fd = open((folder_ / "fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);  // fails until the player reads
      if (fd < 0) std::this_thread::sleep_for(20ms);  // tries again until a stop is requested
    }
    if (fd < 0) return;
    fcntl(fd, F_SETFL, 0);
    fcntl(fd, F_SETPIPE_SZ, 8192);  // a quarter of a second: what is buffered here and in the player delays the fault,
                                    // but prevents dropouts on a busy machine
    constexpr std::size_t kBlock = 256, kFault = static_cast<std::size_t>(kNormalSeconds) * kRate;
    bool faulty = false;
    std::vector<std::int16_t> block(kBlock);
    for (std::size_t at = 0; at + kBlock <= samples_.size() && !stop.stop_requested(); at += kBlock) {
      std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(at), kBlock, block.begin());
      if (broken_ && !faulty) {  // 16 ms of cross-fade from here to the sound in which the fault sets in
        faulty = true;
        const std::size_t there = kFault - kBlock;
        for (std::size_t i = 0; i < kBlock; ++i)
          block[i] = static_cast<std::int16_t>(
              (block[i] * (kBlock - i) + samples_[there + i] * static_cast<double>(i)) / kBlock);
        at = there;
      }
      if (!faulty && at + 2 * kBlock > kFault) at = 0;
      if (write(fd, block.data(), 2 * kBlock) != static_cast<ssize_t>(2 * kBlock)) break;
    }
    close(fd);
  }

  TempDir folder_;
  std::vector<std::int16_t> samples_;
  std::atomic<bool> broken_{false};
  std::unique_ptr<BackgroundProcess> player_;
  std::jthread feeder_;
};

// Where pictures are wanted, after that time: until there is something to be seen.
void keep_picture(const XvfbDisplay& display, const std::string& name, std::chrono::seconds after = 0s) {
  const char* folder = std::getenv("AUSCULT_LEARN_PICTURES");
  if (!folder) return;
  std::this_thread::sleep_for(after);  // no test needs it
  display.screenshot(std::filesystem::path(folder) / name);
}

TEST(WindowLearnLive, AMachineThatWasLearnedThereRaisesAnEventWhenItBreaks) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const PulseNullSink sink;
  PlayedPump pump(sink);
  WindowRobot window(display, {}, sink.environment());
  ASSERT_TRUE(window.says("sound: arrives", 30s)) << window.said();
  display.press_key("ctrl+l");
  ASSERT_TRUE(window.click("Start recording")) << window.said();
  ASSERT_TRUE(window.says("learn: recording")) << window.said();
  const auto begun = Clock::now();
  ASSERT_TRUE(window.offers("Stop and use the recording", 150s)) << window.said();
  std::this_thread::sleep_until(  // this much sound is recorded
      begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(learn_seconds())));
  keep_picture(display, "learn-recording.png");
  ASSERT_TRUE(window.click("Stop and use the recording"));
  if (!window.says("learn: training", 10s)) {  // a busy machine may have lost sound: then it asks
    ASSERT_TRUE(window.click("Train despite the problems")) << window.said();
  }
  keep_picture(display, "learn-training.png", 10s);
  ASSERT_TRUE(window.says("learn: review", 300s)) << window.said();
  EXPECT_EQ(window.last("lost: "), "0") << "capture went on while it learned";
  keep_picture(display, "learn-review.png", 1s);
  ASSERT_TRUE(window.click("Save and use")) << window.said();
  ASSERT_TRUE(window.says("learn: saved", 30s)) << window.said();
  EXPECT_TRUE(std::filesystem::exists(window.data() / "models" / "my machine.safetensors"));
  ASSERT_TRUE(window.click("Delete the recording"));
  ASSERT_TRUE(window.click("Done"));
  ASSERT_TRUE(window.says("state: Sounds normal", 30s)) << window.said();
  EXPECT_TRUE(std::filesystem::is_empty(window.data() / "recordings"));

  const auto watch = std::chrono::duration<double>(seconds_from("AUSCULT_WATCH_SECONDS", 20.0));
  EXPECT_TRUE(holds_for(std::chrono::duration_cast<std::chrono::milliseconds>(watch),
                        [&] { return window.last("events: ") == "0"; }))
      << "a false alarm: " << window.said();
  pump.break_down();
  const auto broken = Clock::now();
  EXPECT_TRUE(window.says("state: ALARM", 5s)) << window.said();
  std::cout << "learned " << learn_seconds() << " s; alarm "
            << std::chrono::duration<double>(Clock::now() - broken).count()
            << " s after the fault began, all buffers included\n";
  EXPECT_TRUE(window.says("events: 1", 2s));
  keep_picture(display, "learn-alarm.png", 2s);

  // The evidence: the sound is stored, played and exported.
  ASSERT_TRUE(window.says("state: Machine off", 90s)) << "the pump has stopped: " << window.said();
  EXPECT_TRUE(eventually([&] {
    const auto clips = window.data() / "clips";
    return std::filesystem::exists(clips) && !std::filesystem::is_empty(clips);
  })) << "the clip ends 5 s after the event";
  display.press_key("e");
  display.press_key("n");
  ASSERT_TRUE(window.click("Play")) << window.said();
  EXPECT_TRUE(window.says("playing: playing", 10s)) << window.said();
  ASSERT_TRUE(window.click("Play"));  // now it stops
  keep_picture(display, "learn-event.png");
  ASSERT_TRUE(window.click("Export"));
  const auto exported = [&] {
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator(window.data() / "exports"))
      if (entry.path().string().ends_with("-events.csv")) text = read_file(entry.path());
    return text;
  };
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(window.data() / "exports") && !exported().empty(); }));
  EXPECT_NE(exported().find("my machine"), std::string::npos) << exported();
  EXPECT_NE(exported().find(",kept,"), std::string::npos) << exported();

  const ProcessResult model = auscult({"inspect", window.data() / "models" / "my machine.safetensors", "--json"});
  EXPECT_NE(model.out.find("\"device\":\"default\""), std::string::npos) << "the device is kept: " << model.out;
  EXPECT_NE(model.out.find("\"machine\":\"my machine\""), std::string::npos) << model.out;
  display.press_key("ctrl+q");
  EXPECT_EQ(window.process().wait(5000ms), 0);
}

TEST(WindowLearnLive, LeavingWhileItRecordsLosesNoMoreThanTheLastClip) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const PulseNullSink sink;
  PlayedPump pump(sink);
  WindowRobot window(display, {}, sink.environment());
  ASSERT_TRUE(window.says("sound: arrives", 30s)) << window.said();
  display.press_key("ctrl+l");
  ASSERT_TRUE(window.click("Start recording")) << window.said();
  std::this_thread::sleep_for(23s);  // two clips of ten seconds and the beginning of a third are recorded
  window.process().signal(SIGKILL);
  window.process().wait(5000ms);
  int clips = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(window.data() / "recordings")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(auscult({"features", entry.path().string(), "-o", (window.data() / "f.csv").string()}).exit_code, 0)
        << entry.path() << " is not readable";
    ++clips;
  }
  EXPECT_EQ(clips, 2);
}

}  // namespace
}  // namespace auscult::test
