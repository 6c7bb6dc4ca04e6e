// Keys, palette, settings, exports and recordings in the real window, and random input.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "support/demo_as_monitor.h"
#include "support/robot.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

std::string settings_of(const WindowRobot& window) {
  const auto file = window.data().parent_path().parent_path() / "config" / "auscult" / "settings.toml";
  return std::filesystem::exists(file) ? read_file(file) : "";
}

TEST(WindowKeys, MoveOverTheHistoryAndBackToTheNewest) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  for (int i = 0; i < 12; ++i) display.press_key("Up");
  EXPECT_TRUE(eventually([&] {  // once more was heard than the view shows
    display.press_key("Left");
    return window.last("view: ") == "moved";
  })) << window.said();
  display.press_key("End");
  EXPECT_TRUE(eventually([&] { return window.last("view: ") == "following"; })) << window.said();
}

TEST(WindowKeys, ChangeTheThresholdAndTakeItBack) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  const std::string before = window.last("threshold: ");
  display.press_key("bracketright");
  ASSERT_TRUE(eventually([&] { return window.last("threshold: ") != before; })) << window.said();
  EXPECT_GT(std::stod(window.last("threshold: ")), std::stod(before));
  display.press_key("ctrl+z");
  EXPECT_TRUE(eventually([&] { return window.last("threshold: ") == before; })) << window.said();
}

TEST(WindowKeys, ChangeTheSizeOfEverything) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  for (const char* key : {"ctrl+plus", "ctrl+plus", "ctrl+minus", "ctrl+0", "ctrl+minus", "ctrl+minus"})
    display.press_key(key);
  EXPECT_TRUE(eventually([&] { return settings_of(window).find("scale = 0.8") != std::string::npos; }))
      << settings_of(window);
  EXPECT_TRUE(window.process().running()) << window.said();
}

TEST(WindowPalette, RunsWhatIsTypedAndTheChoiceIsRemembered) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.press_key("ctrl+k");
  ASSERT_TRUE(eventually([&] { return window.last("keys: ") == "text"; })) << window.said();
  display.type("dark");
  display.press_key("Return");
  EXPECT_TRUE(eventually([&] {
    return settings_of(window).find("theme = 'light'") != std::string::npos ||
           settings_of(window).find("theme = \"light\"") != std::string::npos;
  })) << settings_of(window);
  const std::filesystem::path picture = window.data().parent_path() / "look.png";
  std::filesystem::create_directories(picture.parent_path());
  EXPECT_TRUE(eventually([&] {
    display.screenshot(picture);
    return read_picture(picture).at(5, 795)[0] > 200;
  })) << "a light background";
}

TEST(WindowExports, SayWhereTheyAre) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.press_key("ctrl+e");
  ASSERT_TRUE(window.says("message: The values in view were written to ")) << window.said();
  std::string file = window.last("written to ");
  file.pop_back();  // the full stop
  EXPECT_TRUE(read_file(file).starts_with("time_s,state,rms_dbfs,peak_dbfs,u,energy_dagmm,")) << file;
  display.press_key("F12");
  ASSERT_TRUE(window.says("message: A picture of the window was saved as ")) << window.said();
  file = window.last("saved as ");
  file.pop_back();
  EXPECT_EQ(read_picture(file).width, 1280);
}

TEST(WindowBatch, OfAFolderAreScoredBesideListening) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  ASSERT_EQ(run_process({program("auscult"), "simulate", (folder / "p").string(), "--machines", "1", "--normal", "3",
                         "--abnormal", "2", "--channels", "1", "--seconds", "4"},
                        {}, 60s)
                .exit_code,
            0);
  write_file(folder / "p" / "broken.wav", "no sound");
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.press_key("ctrl+b");
  ASSERT_TRUE(eventually([&] { return window.last("keys: ") == "text"; })) << window.said();
  display.type((folder / "p").string());
  display.press_key("Return");
  EXPECT_TRUE(window.says("recordings: 6 of 6", 60s)) << window.said();
  EXPECT_EQ(window.last("phase: "), "running");
}

double live_threshold(const std::filesystem::path& model) {
  const ProcessResult result = run_process({program("auscult"), "inspect", model.string(), "--json"}, {}, 30s);
  const auto at = result.out.find("\"live_threshold\":");
  return at == std::string::npos ? -1.0 : std::stod(result.out.substr(at + 17));
}

TEST(WindowWorkbench, SavesTheThresholdIntoTheModelAndGoesOnWithIt) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  TempDir folder;
  const auto model = folder / "pump.safetensors";
  write_demo_as_monitor(model);
  const double before = live_threshold(model);
  ASSERT_GT(before, 0.0);
  WindowRobot window(display, {model.string(), "--input", (source_dir() / "assets" / "demo.flac").string()});
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  for (int i = 0; i < 3; ++i) {
    const std::string threshold = window.last("threshold: ");
    display.press_key("bracketright");
    ASSERT_TRUE(eventually([&] { return window.last("threshold: ") != threshold; })) << window.said();
  }
  display.press_key("w");
  ASSERT_TRUE(window.click("Save to the model")) << window.said();
  ASSERT_TRUE(eventually([&] { return live_threshold(model) > before + 0.25; })) << window.said();
  EXPECT_NEAR(live_threshold(model), before + 0.3, 1e-6);
  EXPECT_TRUE(eventually([&] { return window.last("phase: ") == "running"; })) << window.said();
  EXPECT_NEAR(std::stod(window.last("threshold: ")), before + 0.3, 1e-3);
}

// Dear ImGui 1.86 ends the program where a window or a tip appears after a dialog, in the frame in which that opens.
TEST(Dialogs, OpenWhileATipAppearsInAnotherWindow) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, demo());
  ASSERT_TRUE(window.says("sound: arrives")) << window.said();
  display.press_key("w");
  const std::string button = "widget: Save to the model at ";
  ASSERT_TRUE(eventually([&] { return !window.last(button).empty(); })) << window.said();
  std::istringstream place(window.last(button));
  std::string x, y;
  place >> x >> y;
  // Stopped and continued, the window mostly sees both in one frame.
  for (int i = 0; i < 6; ++i) {
    display.move_mouse(5, 5);
    window.process().signal(SIGSTOP);
    display.act({"mousemove", x, y, "key", "ctrl+o"});
    window.process().signal(SIGCONT);
    ASSERT_TRUE(eventually([&] { return window.last("keys: ") == "text"; })) << window.said();
    display.press_key("Escape");
    ASSERT_TRUE(eventually([&] { return window.last("keys: ") != "text"; })) << window.said();
  }
  display.press_key("Escape");
  display.press_key("ctrl+q");
  EXPECT_EQ(window.process().wait(10000ms), 0) << window.said();
}

// Whatever is pressed, clicked, dragged or typed: the window keeps running, or exits on request.
TEST(WindowMonkey, RandomInputsDoNoHarm) {
  // AUSCULT_MONKEY_SEED, AUSCULT_MONKEY and AUSCULT_MONKEY_SCALE set the seed, the number of inputs, and the size (1).
  const char* size = std::getenv("AUSCULT_MONKEY_SCALE");
  const int scale = size ? std::atoi(size) : 1, width = 1280 * scale, height = 800 * scale;
  AUSCULT_REQUIRE_DISPLAY(display, width, height);
  std::vector<std::string> arguments = demo();
  arguments.insert(arguments.end(), {"--scale", std::to_string(scale)});
  const char* seed = std::getenv("AUSCULT_MONKEY_SEED");
  std::mt19937 random(seed ? static_cast<unsigned>(std::atoi(seed)) : 20U);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::vector<std::string> keys = {"space",
                                         "Left",
                                         "Right",
                                         "Up",
                                         "Down",
                                         "Home",
                                         "End",
                                         "Prior",
                                         "Next",
                                         "c",
                                         "a",
                                         "t",
                                         "w",
                                         "e",
                                         "n",
                                         "y",
                                         "u",
                                         "p",
                                         "f",
                                         "F1",
                                         "shift+Up",
                                         "shift+Down",
                                         "ctrl+m",
                                         "ctrl+Tab",
                                         "Escape",
                                         "Return",
                                         "Tab",
                                         "bracketleft",
                                         "bracketright",
                                         "ctrl+b",
                                         "ctrl+d",
                                         "ctrl+e",
                                         "ctrl+k",
                                         "ctrl+l",
                                         "ctrl+o",
                                         "ctrl+r",
                                         "ctrl+comma",
                                         "ctrl+z",
                                         "ctrl+y",
                                         "ctrl+plus",
                                         "ctrl+minus",
                                         "ctrl+0",
                                         "1",
                                         "x",
                                         "BackSpace"};
  auto window = std::make_unique<WindowRobot>(display, arguments);
  ASSERT_TRUE(window->says("sound: arrives")) << window->said();
  int restarts = 0;
  const char* wanted = std::getenv("AUSCULT_MONKEY");
  const int inputs = wanted ? std::atoi(wanted) : 10000;
  for (int done = 0; done < inputs;) {
    std::vector<std::string> words;
    for (int i = 0; i < 200; ++i, ++done) {
      const std::string x = std::to_string(below(width)), y = std::to_string(below(height));
      switch (below(4)) {
        case 0:
          words.insert(words.end(), {"mousemove", x, y, "click", std::to_string(1 + below(5))});
          break;
        case 1:
          words.insert(words.end(), {"mousedown", "1", "mousemove", x, y, "mouseup", "1"});
          break;
        default:
          words.insert(words.end(),
                       {"key", "--delay", "1", keys[static_cast<std::size_t>(below(static_cast<int>(keys.size())))]});
          break;
      }
    }
    words.insert(words.end(), {"keyup", "ctrl", "mouseup", "1"});
    display.act(words);
    if (window->process().running()) continue;
    ASSERT_EQ(window->process().wait(5000ms), 0) << "after " << done << " inputs: " << window->said();
    ASSERT_LT(++restarts, 20);
    window = std::make_unique<WindowRobot>(display, arguments);
    ASSERT_TRUE(window->says("sound: arrives")) << window->said();
  }
  display.press_key("Escape");
  display.press_key("Escape");
  display.press_key("ctrl+q");
  EXPECT_EQ(window->process().wait(10000ms), 0) << window->said();
}

}  // namespace
}  // namespace auscult::test
