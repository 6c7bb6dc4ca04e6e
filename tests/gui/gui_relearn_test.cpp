// A user marks an event as a false alarm, and the model learns it: in the real window, by clicks, with a preset that
// trains in a second.
#include <memory>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "events/event_database.h"
#include "support/events.h"
#include "support/robot.h"

namespace auscult::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A model named pump with its recordings, as the window would have made them, and one of its events marked as a false
// alarm.
class WindowRelearn : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = XvfbDisplay::missing(); !missing.empty()) GTEST_SKIP() << missing;
    const ProcessResult made = auscult({"simulate", (folder_ / "pumps").string(), "--machines", "1", "--normal", "14",
                                        "--abnormal", "1", "--channels", "1"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    write_file(folder_ / "quick.json", kQuickPreset);
    display_ = std::make_unique<XvfbDisplay>(1280, 800);
  }
  void open_window(const fs::path& recordings_under) {
    model_ = folder_ / "home" / "auscult" / "models" / "pump.safetensors";
    window_ = std::make_unique<WindowRobot>(
        *display_,
        std::vector<std::string>{model_.string(), "--input", (source_dir() / "assets" / "demo.flac").string()},
        Environment{{"XDG_DATA_HOME", (folder_ / "home").string()}},
        [&](const fs::path&) { prepare(recordings_under); });
    ASSERT_TRUE(window_->says("sound: arrives")) << window_->said();
    display_->press_key("e");
  }
  void prepare(const fs::path& recordings) {
    const fs::path pump = folder_ / "pumps" / "6_dB_pump" / "pump" / "id_00", data = folder_ / "home" / "auscult";
    fs::create_directories(model_.parent_path());
    fs::create_directories(recordings);
    fs::copy(pump / "normal", recordings, fs::copy_options::recursive);
    const ProcessResult trained =
        auscult({"train", recordings.string(), "--preset", (folder_ / "quick.json").string(), "-o", model_.string()});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    Event alarm = event_record(1);
    alarm.clip = data / "clips" / "alarm.wav";
    fs::create_directories(alarm.clip.parent_path());
    fs::copy_file(pump / "abnormal" / "00000000.wav", alarm.clip);
    auto events = EventDatabase::open(data / "events.db");
    ASSERT_TRUE(events) << to_message(events.error());
    ASSERT_TRUE(events->store(alarm));
    ASSERT_TRUE(events->set_verdict(alarm.ref, Verdict::false_alarm));
  }
  nlohmann::json model_file() const {
    return nlohmann::json::parse(auscult({"inspect", model_.string(), "--json"}).out);
  }

  TempDir folder_;
  fs::path model_;
  std::unique_ptr<XvfbDisplay> display_;
  std::unique_ptr<WindowRobot> window_;
};

TEST_F(WindowRelearn, IsLearnedAsNormalAndTheModelTakesItsOwnPlace) {
  open_window(folder_ / "home" / "auscult" / "recordings" / "pump-2026-01-01_00-00-00");
  const auto clips_before = model_file()["training"]["clips"].get<int>();
  ASSERT_TRUE(window_->click("Learn as normal")) << window_->said();
  ASSERT_TRUE(window_->says("learn: review", 60s)) << window_->said();
  ASSERT_TRUE(window_->click("Save and use")) << window_->said();
  ASSERT_TRUE(window_->says("learn: saved", 30s)) << window_->said();
  EXPECT_EQ(model_file()["training"]["clips"].get<int>(), clips_before + 1);
  EXPECT_TRUE(fs::exists(folder_ / "home" / "auscult" / "recordings" / "pump false alarms" / "alarm.wav"))
      << "it is one of the model's recordings now";
  ASSERT_TRUE(window_->click("Done"));
  EXPECT_TRUE(eventually([&] {
    return window_->last("widget: Learn as normal at ").find("disabled") != std::string::npos;
  })) << "it knows them now";
}

TEST_F(WindowRelearn, IsLearnedAlsoWhereTheRecordingsAreTheUsersOwn) {
  open_window(folder_ / "my pumps");
  ASSERT_TRUE(window_->click("Learn as normal")) << window_->said();
  ASSERT_TRUE(window_->says("learn: failed (the model's training recordings")) << window_->said();
  ASSERT_TRUE(window_->click("recordings")) << window_->said();
  display_->type((folder_ / "my pumps").string());
  ASSERT_TRUE(window_->click("Search there and train")) << window_->said();
  ASSERT_TRUE(window_->says("learn: review", 60s)) << window_->said();
  ASSERT_TRUE(window_->click("Discard")) << window_->said();
  EXPECT_TRUE(window_->says("learn: cancelled"));
  EXPECT_FALSE(fs::exists(folder_ / "home" / "auscult" / "recordings" / "pump false alarms"))
      << "what is discarded leaves nothing";
}

}  // namespace
}  // namespace auscult::test
