// Training on a folder in the real window, by clicks on labels, with a preset that trains in a second.
#include <memory>

#include <gtest/gtest.h>

#include "support/robot.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

class WindowLearn : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = XvfbDisplay::missing(); !missing.empty()) GTEST_SKIP() << missing;
    const ProcessResult made = auscult({"simulate", (folder_ / "pumps").string(), "--machines", "1", "--normal", "14",
                                        "--abnormal", "0", "--channels", "1"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    write_file(folder_ / "quick.json", kQuickPreset);
    display_ = std::make_unique<XvfbDisplay>(1280, 800);
    window_ = std::make_unique<WindowRobot>(
        *display_, std::vector<std::string>{"--input", (source_dir() / "assets" / "demo.flac").string()},
        Environment{{"AUSCULT_LEARN_PRESET", (folder_ / "quick.json").string()}});
    ASSERT_TRUE(window_->says("sound: arrives")) << window_->said();
  }
  void learn_from(const std::string& folder) {
    display_->press_key("ctrl+l");
    ASSERT_TRUE(window_->click("From a folder of recordings...")) << window_->said();
    ASSERT_TRUE(window_->click("folder")) << window_->said();
    display_->type(folder);
    ASSERT_TRUE(window_->click("Train on this folder")) << window_->said();
  }
  TempDir folder_;
  std::unique_ptr<XvfbDisplay> display_;
  std::unique_ptr<WindowRobot> window_;
};

TEST_F(WindowLearn, SavesUnderANameAndAsksBeforeItReplaces) {
  std::filesystem::create_directories(window_->data() / "models");
  write_file(window_->data() / "models" / "my machine.safetensors", "an older one");
  learn_from((folder_ / "pumps").string());
  ASSERT_TRUE(window_->says("learn: review", 60s)) << window_->said();
  EXPECT_FALSE(window_->offers("Save and use", 2s)) << "the name is taken";
  ASSERT_TRUE(window_->click("Replace the model of this name"));
  ASSERT_TRUE(window_->click("Save and use")) << window_->said();
  ASSERT_TRUE(window_->says("learn: saved", 30s)) << window_->said();
  ASSERT_TRUE(window_->click("Done"));
  EXPECT_TRUE(window_->says("learn: idle")) << window_->said();
  const ProcessResult model =
      auscult({"inspect", (window_->data() / "models" / "my machine.safetensors").string(), "--json"});
  EXPECT_EQ(model.exit_code, 0) << model.err;
  EXPECT_NE(model.out.find("\"preset\":{\"name\":\"quick\""), std::string::npos) << model.out;
  EXPECT_NE(model.out.find("\"machine\":\"my machine\""), std::string::npos);
  EXPECT_TRUE(eventually([&] { return window_->last("banner: ").empty(); }))
      << "the new model is in use: no demo any more";
}

TEST_F(WindowLearn, IsWatchedWithWhatItLearnedAfterTheNextStart) {
  learn_from((folder_ / "pumps").string());
  ASSERT_TRUE(window_->says("learn: review", 60s)) << window_->said();
  ASSERT_TRUE(window_->click("Save and use")) << window_->said();
  ASSERT_TRUE(window_->says("model: my machine", 30s)) << window_->said();
  display_->press_key("Escape");
  display_->press_key("ctrl+q");
  ASSERT_EQ(window_->process().wait(5000ms), 0);
  const auto start = [&] {
    return WindowRobot(
        *display_, {"--input", (source_dir() / "assets" / "demo.flac").string()},
        {{"XDG_DATA_HOME", window_->data().parent_path().string()}, {"XDG_CONFIG_HOME", window_->config().string()}});
  };
  EXPECT_TRUE(start().says("model: my machine")) << "nobody had to name it";
  write_file(window_->data() / "models" / "my machine.safetensors", "damaged");
  EXPECT_TRUE(start().says("model: demo")) << "one that cannot be read is passed over";
}

TEST_F(WindowLearn, SaysWhatIsWrongWithAFolderAndOffersToRecord) {
  learn_from("/nowhere/at-all");
  EXPECT_TRUE(window_->says("learn: failed (the folder does not exist)")) << window_->said();
  EXPECT_TRUE(window_->click("Record instead")) << window_->said();
  EXPECT_TRUE(window_->offers("Start recording"));
}

}  // namespace
}  // namespace auscult::test
