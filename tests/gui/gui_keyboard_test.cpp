// The real window without a mouse: every dialog is opened and closed, an input chosen, an event reviewed. The pointer
// stays where the server has put it.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/robot.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

class WindowKeyboard : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = XvfbDisplay::missing(); !missing.empty())
      GTEST_SKIP() << missing << " (scripts/install gets it)";
    display_ = std::make_unique<XvfbDisplay>(1280, 800);
    window_ = std::make_unique<WindowRobot>(*display_, demo());
    ASSERT_TRUE(window_->says("sound: arrives")) << window_->said();
  }
  void press(const std::string& key, int times = 1) const {
    for (int i = 0; i < times; ++i) display_->press_key(key);
  }
  // The owner of the keys: "plots", "window", "widget" or "text" (also dialogs and lists).
  bool keys_go_to(const std::string& owner) const {
    return eventually([&] { return window_->last("keys: ") == owner; }, 10s);
  }
  bool shows(const std::string& windows) const {
    return eventually([&] { return window_->last("windows: ") == windows; }, 10s);
  }
  std::string view() const { return window_->last("view: "); }
  std::unique_ptr<XvfbDisplay> display_;
  std::unique_ptr<WindowRobot> window_;
};

TEST_F(WindowKeyboard, OpensEveryDialogAndEscapeLeavesIt) {
  for (const char* key : {"ctrl+o", "ctrl+m", "ctrl+d", "ctrl+comma", "F1", "ctrl+k"}) {
    ASSERT_TRUE(keys_go_to("plots")) << key << window_->said();
    press(key);
    EXPECT_TRUE(keys_go_to("text")) << key << window_->said();
    press("Escape");
  }
  EXPECT_TRUE(keys_go_to("plots")) << window_->said();
}

TEST_F(WindowKeyboard, OpensEveryWindowAndEscapeClosesIt) {
  for (const auto& [key, title] :
       {std::pair{"e", "Events"}, {"w", "Tune the threshold"}, {"ctrl+l", "Learn this machine"}}) {
    press(key);
    EXPECT_TRUE(shows(title)) << window_->said();
    press("Escape");
    EXPECT_TRUE(shows("")) << title << window_->said();
  }
  press("ctrl+b");
  ASSERT_TRUE(shows("Recordings")) << window_->said();
  ASSERT_TRUE(keys_go_to("text")) << "a path can be typed at once";
  press("Escape");
  EXPECT_TRUE(keys_go_to("window")) << "the first one leaves the text field" << window_->said();
  EXPECT_TRUE(shows("Recordings"));
  press("Escape");
  EXPECT_TRUE(shows("")) << window_->said();
  EXPECT_TRUE(keys_go_to("plots"));
}

TEST_F(WindowKeyboard, SpaceAndEnterPressTheMarkedButtonAndFreezeNothing) {
  for (const char* key : {"space", "Return"}) {
    press("w");
    ASSERT_TRUE(shows("Tune the threshold")) << window_->said();
    press("Down", 14);  // the last row
    press("Right", 6);  // its last button: Close
    EXPECT_TRUE(keys_go_to("widget")) << window_->said();
    EXPECT_EQ(view(), "following") << "arrows moved over the history too";
    press(key);
    EXPECT_TRUE(shows("")) << key << window_->said();
    EXPECT_EQ(view(), "following") << key;
  }
  press("space");
  EXPECT_TRUE(eventually([&] { return view() == "frozen"; }, 10s)) << "back in the plots, Space freezes again";
}

// A draggable plot would move the line to the pointer's position.
TEST_F(WindowKeyboard, EnterNeverMovesTheThresholdToThePointer) {
  const std::string before = window_->last("threshold: ");
  for (int row = 1; row <= 3; ++row) {
    press("w");
    ASSERT_TRUE(shows("Tune the threshold")) << window_->said();
    press("Down", row);
    press("Return");
    EXPECT_TRUE(holds_for(300ms, [&] { return window_->last("threshold: ") == before; })) << "row " << row;
    for (int i = 0; i < 3 && window_->last("windows: ") != ""; ++i) press("Escape");
    ASSERT_TRUE(shows("")) << window_->said();
  }
}

TEST_F(WindowKeyboard, ChoosesAnInputAndGoesBackToTheDemo) {
  press("ctrl+d");
  ASSERT_TRUE(keys_go_to("text")) << window_->said();
  press("Down");
  press("Return");  // into the list
  press("Return");  // its first entry: the system's default, and there is no microphone
  EXPECT_TRUE(window_->says("banner: No usable microphone.")) << window_->said();
  EXPECT_TRUE(keys_go_to("plots")) << "the dialog has closed";
  press("ctrl+k");
  ASSERT_TRUE(keys_go_to("text"));
  display_->type("play the demo");
  press("Return");
  EXPECT_TRUE(eventually([&] { return window_->last("phase: ") == "running"; }, 10s)) << window_->said();
}

TEST_F(WindowKeyboard, SelectsAnEventAndJudgesIt) {
  ASSERT_TRUE(window_->says("events: 1", 60s)) << window_->said();
  press("e");
  ASSERT_TRUE(shows("Events")) << window_->said();
  press("n");
  for (const auto& [key, verdict] : {std::pair{"f", "False alarm"}, {"y", "Confirmed"}, {"u", "Unknown"}}) {
    press(key);
    EXPECT_TRUE(eventually([&] { return window_->last("verdict: ") == verdict; }, 10s)) << key << window_->said();
  }
  press("Escape");
  EXPECT_TRUE(shows("")) << window_->said();
}

TEST_F(WindowKeyboard, EscapePutsAMessageAway) {
  press("ctrl+e");
  ASSERT_TRUE(window_->says("message: The values in view were written to ")) << window_->said();
  press("Escape");
  EXPECT_TRUE(eventually([&] { return window_->last("shown: ") == "nothing"; }, 10s)) << window_->said();
}

}  // namespace
}  // namespace auscult::test
