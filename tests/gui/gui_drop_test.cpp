// Files dropped on the real window from a file manager.
#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "support/robot.h"
#include "support/x11.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

// Names as people give them: a blank, an umlaut, a percent sign that must not be decoded twice.
constexpr const char* kName = "Pumpe im Südflügel 100%25.wav";

class WindowDrop : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = run_process({program("auscult"), "simulate", (folder_ / "made").string(), "--machines", "1",
                                   "--normal", "3", "--abnormal", "2", "--channels", "1", "--seconds", "4"},
                                  {}, 60s);
    ASSERT_EQ(made.exit_code, 0) << made.err;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "made"))
      if (entry.path().extension() == ".wav")
        std::filesystem::copy_file(entry.path(), recording(), std::filesystem::copy_options::overwrite_existing);
  }
  std::filesystem::path recording() const { return folder_ / kName; }
  // Without an input, so that any sound must be the dropped file's.
  static std::vector<std::string> silent() {
    return {(source_dir() / "models" / "demo.safetensors").string(), "--device", "a microphone that nobody has"};
  }
  TempDir folder_;
};

bool remembers(const WindowRobot& window, const std::string& text) {
  const auto file = window.data().parent_path().parent_path() / "config" / "auscult" / "settings.toml";
  return eventually([&] { return std::filesystem::exists(file) && read_file(file).find(text) != std::string::npos; });
}

TEST_F(WindowDrop, OfARecordingPlaysIt) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, silent());
  ASSERT_TRUE(window.says("banner: No usable microphone.")) << window.said();
  EXPECT_EQ(drop_files(display.name(), "Auscult", {recording()}, 400, 300), "");
  EXPECT_TRUE(window.says("sound: arrives")) << window.said();
  EXPECT_TRUE(remembers(window, kName)) << "not among the latest recordings";
}

TEST_F(WindowDrop, OfAFolderScoresWhatIsInIt) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const auto named = folder_ / "Prüfstand 2";
  std::filesystem::rename(folder_ / "made", named);
  WindowRobot window(display, silent());
  ASSERT_TRUE(window.says("banner: No usable microphone.")) << window.said();
  EXPECT_EQ(drop_files(display.name(), "Auscult", {named}, 400, 300), "");
  EXPECT_TRUE(window.says("recordings: 5 of 5", 60s)) << window.said();
}

TEST_F(WindowDrop, OfSeveralFilesScoresThem) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  write_file(folder_ / "kaputt.wav", "no sound");
  WindowRobot window(display, silent());
  ASSERT_TRUE(window.says("banner: No usable microphone.")) << window.said();
  EXPECT_EQ(drop_files(display.name(), "Auscult", {recording(), folder_ / "kaputt.wav"}, 400, 300), "");
  EXPECT_TRUE(window.says("recordings: 2 of 2", 60s)) << window.said();
}

TEST_F(WindowDrop, AnswersTheDialogThatAsksForARecording) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, silent());
  ASSERT_TRUE(window.says("banner: No usable microphone.")) << window.said();
  display.press_key("ctrl+o");
  ASSERT_TRUE(eventually([&] { return window.last("keys: ") == "text"; })) << window.said();
  EXPECT_EQ(drop_files(display.name(), "Auscult", {recording()}, 400, 300), "");
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  EXPECT_TRUE(eventually([&] { return window.last("keys: ") == "plots"; })) << "the dialog still has the keys";
  display.press_key("space");
  EXPECT_TRUE(window.says("view: frozen")) << window.said();
}

TEST_F(WindowDrop, OfSomethingElseSaysSoAndChangesNothing) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  write_file(folder_ / "Übergabe.txt", "no sound");
  WindowRobot window(display, {(source_dir() / "models" / "demo.safetensors").string(), "--input",
                               (source_dir() / "assets" / "demo.flac").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  EXPECT_EQ(drop_files(display.name(), "Auscult", {folder_ / "Übergabe.txt"}, 400, 300), "");
  EXPECT_TRUE(window.says("notice: ")) << window.said();
  EXPECT_NE(window.last("notice: ").find("Übergabe.txt"), std::string::npos) << window.last("notice: ");
  EXPECT_EQ(window.last("phase: "), "running");
}

TEST_F(WindowDrop, OfAModelListensWithIt) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const auto model = folder_ / "Kühlpumpe.safetensors";
  std::filesystem::copy_file(source_dir() / "models" / "demo.safetensors", model);
  WindowRobot window(display, {(source_dir() / "models" / "demo.safetensors").string(), "--input",
                               (source_dir() / "assets" / "demo.flac").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  EXPECT_EQ(drop_files(display.name(), "Auscult", {model}, 400, 300), "");
  EXPECT_TRUE(window.says("model: Kühlpumpe")) << window.said();
  EXPECT_EQ(window.said().find("notice: "), std::string::npos) << window.said();
}

}  // namespace
}  // namespace auscult::test
