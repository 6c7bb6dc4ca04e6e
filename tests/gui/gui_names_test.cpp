// Names in other scripts, and with brackets, in the real window.
#include <gtest/gtest.h>

#include "gui/font_finder.h"
#include "support/robot.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

// Bright pixels of a rectangle: of the text in it.
int bright_pixels(const Picture& picture, int x, int y, int w, int h) {
  int count = 0;
  for (int row = y; row < y + h; ++row)
    for (int column = x; column < x + w; ++column) count += picture.at(column, row)[1] > 150;
  return count;
}

TEST(WindowNames, OfRecordingsInOtherScriptsAreShown) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  if (!gui::FontFinder().find(u'録'))
    GTEST_SKIP() << "no font has Japanese characters (scripts/install --tests gets one)";
  const TempDir folder;
  std::filesystem::create_directories(folder / "ポンプ1号/正常");
  const std::filesystem::path recording = folder / "ポンプ1号/正常/録音[00] 냉각 备注 насос.flac";
  std::filesystem::copy(source_dir() / "assets" / "demo.flac", recording);
  const WindowRobot window(display,
                           {(source_dir() / "models" / "demo.safetensors").string(), "--input", recording.string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  const std::filesystem::path png = folder / "names.png";
  display.screenshot(png);
  if (const char* keep = std::getenv("AUSCULT_KEEP_PICTURES"))
    std::filesystem::copy(png, std::filesystem::path(keep) / "names.png");
  EXPECT_EQ(window.said().find("no font has"), std::string::npos) << window.said();
  EXPECT_GT(bright_pixels(read_picture(png), 0, 0, 1280, 60), 200);
}

TEST(WindowNames, ThatNoFontHasAreSaidOnceAndDoNoHarm) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const TempDir folder;
  const std::filesystem::path recording = folder / "\u0378\u0379\U0002000b.flac";
  std::filesystem::copy(source_dir() / "assets" / "demo.flac", recording);
  WindowRobot window(display, {(source_dir() / "models" / "demo.safetensors").string(), "--input", recording.string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  EXPECT_TRUE(window.says("no font has the character U+0378")) << window.said();
  EXPECT_TRUE(window.says("message: Some characters are shown as ?")) << window.said();
  display.press_key("ctrl+q");
  EXPECT_EQ(window.process().wait(10000ms), 0) << window.said();
}

}  // namespace
}  // namespace auscult::test
