// The window looks as it did: screenshots of fixed states against small reference pictures (tests/gui/pictures, 80x50
// cells of averaged color), with a tolerance for fonts and numbers that change. After a change that is meant, and
// looked at:
//   AUSCULT_NEW_PICTURES=1 build/release/bin/test_gui_gui --gtest_filter='WindowPictures*'
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "support/robot.h"

namespace auscult::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kColumns = 80, kRows = 50;
constexpr double kMeanTolerance = 2.5;  // of 255, over all cells
constexpr int kCellTolerance = 60;      // of 255: a cell that differs more than this is another picture...
constexpr int kStrayCells = 20;         // ...in more than half a percent of the cells

std::string small(const fs::path& png, const fs::path& to) {
  const ProcessResult made =
      run_process({"convert", png.string(), "-filter", "box", "-resize",
                   std::to_string(kColumns) + "x" + std::to_string(kRows) + "!", "-strip", to.string()});
  return made.exit_code == 0 ? "" : made.err;
}

struct Distance {
  double mean = 0.0;
  int stray = 0;
};
Distance distance(const Picture& a, const Picture& b) {
  Distance d;
  for (int y = 0; y < kRows; ++y)
    for (int x = 0; x < kColumns; ++x) {
      int worst = 0;
      for (int c = 0; c < 3; ++c) {
        const int by = std::abs(static_cast<int>(a.at(x, y)[c]) - static_cast<int>(b.at(x, y)[c]));
        d.mean += by / (3.0 * kColumns * kRows);
        worst = std::max(worst, by);
      }
      d.stray += worst > kCellTolerance ? 1 : 0;
    }
  return d;
}

class WindowPictures : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = XvfbDisplay::missing(); !missing.empty()) GTEST_SKIP() << missing;
  }
  // The window at the end of the demo recording, when nothing moves, at a given scale and screen size.
  Picture taken(double scale, const std::function<void(const XvfbDisplay&)>& act = {}, const fs::path& keep = {}) {
    const XvfbDisplay display(static_cast<int>(1280 * scale), static_cast<int>(800 * scale));
    const WindowRobot window(display, {"--input", (source_dir() / "assets" / "demo.flac").string(), "--speed", "10",
                                       "--scale", std::to_string(scale)});
    EXPECT_TRUE(window.says("phase: ended", 60s)) << window.said();
    display.move_mouse(static_cast<int>(640 * scale), static_cast<int>(795 * scale));  // no tooltip
    if (act) act(display);
    // The last picture of a static window is drawn a second later.
    EXPECT_TRUE(settles(
        [&] {
          display.screenshot(folder_ / "whole.png");
          return read_picture(folder_ / "whole.png").rgb;
        },
        1500ms));
    EXPECT_EQ(small(folder_ / "whole.png", folder_ / "small.png"), "");
    if (!keep.empty() && std::getenv("AUSCULT_NEW_PICTURES"))
      fs::copy_file(folder_ / "small.png", keep, fs::copy_options::overwrite_existing);
    return read_picture(folder_ / "small.png");
  }
  void looks_as_before(const std::string& name, const std::function<void(const XvfbDisplay&)>& act = {}) {
    const fs::path reference = source_dir() / "tests" / "gui" / "pictures" / (name + ".png");
    const Picture now = taken(1.0, act, reference);
    ASSERT_TRUE(fs::exists(reference)) << "there is no reference picture";
    const Distance d = distance(now, read_picture(reference));
    EXPECT_LT(d.mean, kMeanTolerance) << name;
    EXPECT_LE(d.stray, kStrayCells) << name;
  }
  TempDir folder_;
};

TEST_F(WindowPictures, OfTheWindow) {
  looks_as_before("window");
}

TEST_F(WindowPictures, OfTheWindowInLight) {
  looks_as_before("light", [](const XvfbDisplay& display) { display.press_key("t"); });
}

TEST_F(WindowPictures, OfTheWorkbench) {
  looks_as_before("workbench", [](const XvfbDisplay& display) { display.press_key("w"); });
}

TEST_F(WindowPictures, AreTheSameAtTwiceTheSize) {
  const Picture once = taken(1.0), twice = taken(2.0);
  const Distance d = distance(once, twice);
  // Texts and lines fall on different pixels, and textures are filtered differently.
  EXPECT_LT(d.mean, 2.0 * kMeanTolerance);
  EXPECT_LE(d.stray, 3 * kStrayCells);
}

TEST_F(WindowPictures, AnotherPictureIsNotTakenForTheSame) {
  const Picture dark = taken(1.0), light = taken(1.0, [](const XvfbDisplay&display) { display.press_key("t"); });
  EXPECT_GT(distance(dark, light).mean, 10.0 * kMeanTolerance);
  const Picture colours = taken(1.0, [](const XvfbDisplay& display) { display.press_key("c"); });
  EXPECT_GT(distance(dark, colours).stray, kStrayCells) << "another colour map";
}

// Only what changes is drawn; another theme changes everything.
TEST_F(WindowPictures, DrawnInPartsAreThoseDrawnAtOnce) {
  const XvfbDisplay display(1280, 800);
  const WindowRobot window(display, {"--input", (source_dir() / "assets" / "demo.flac").string(), "--speed", "10"});
  ASSERT_TRUE(window.says("phase: ended", 60s)) << window.said();
  // Without the bottom line, which counts pictures per second.
  const auto screen = [&] {
    display.screenshot(folder_ / "whole.png");
    std::vector<unsigned char> rgb = read_picture(folder_ / "whole.png").rgb;
    rgb.resize(std::min<std::size_t>(rgb.size(), 3 * 1280 * 765));
    return rgb;
  };
  const auto at_rest = [&] {
    display.move_mouse(640, 795);
    EXPECT_TRUE(settles(screen, 1500ms));
    return screen();
  };
  const auto before = at_rest();
  // A tip over the attribution's heading, the cursor in all plots with its values, and a window.
  for (const auto& [x, y] : {std::pair{1008, 248}, {300, 240}}) {
    display.move_mouse(x, y);
    EXPECT_TRUE(eventually([&] { return screen() != before; }, 20s)) << x << ", " << y;
    EXPECT_TRUE(at_rest() == before) << x << ", " << y;
  }
  display.press_key("w");
  EXPECT_TRUE(window.says("windows: Tune the threshold"));
  display.press_key("Escape");
  EXPECT_TRUE(eventually([&] { return window.last("windows: ").empty(); }, 20s));
  const auto in_parts = at_rest();
  display.press_key("t");
  const auto light = at_rest();
  EXPECT_NE(light, in_parts);
  display.press_key("t");
  EXPECT_TRUE(at_rest() == in_parts) << "the same picture, drawn at once";
}

}  // namespace
}  // namespace auscult::test
