// A technician's work with an alarm in the real window: it is stored with its sound, played, reviewed, annotated and
// exported, and it is listed again the next day. A null sink plays the shipped recording.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>
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

class EventWindow {
 public:
  EventWindow(const XvfbDisplay& display, const PulseNullSink& sink, const TempDir& home) : display_(display) {
    Environment environment = sink.environment();
    environment.merge(display.environment());
    environment["AUSCULT_LOG"] = "debug";
    environment["AUSCULT_ROBOT"] = "1";
    environment["HOME"] = home.path();
    environment["XDG_DATA_HOME"] = home / "data";
    environment["XDG_CONFIG_HOME"] = home / "config";
    process_ =
        std::make_unique<BackgroundProcess>(std::vector<std::string>{program("auscult-gui"), home / "pump.safetensors"},
                                            environment, (folder_ / "out").string(), (folder_ / "err").string());
  }
  std::string said() const { return read_file(folder_ / "err"); }
  /// Waits until the window logs it after the last call of mark().
  bool says(const std::string& words, std::chrono::seconds timeout = 30s) const {
    const auto has_said = [&] { return said().find(words, mark_) != std::string::npos; };
    eventually([&] { return !process_->running() || has_said(); }, timeout);
    return has_said();
  }
  void mark() { mark_ = said().size(); }
  /// Clicks a widget at its last position; false if it was never enabled.
  bool click(const std::string& widget) const {
    const std::string key = "widget: " + widget + " at ";
    const auto place_of = [&] {
      const std::string text = said();
      const auto at = text.rfind(key);
      return at == std::string::npos ? "" : text.substr(at + key.size(), text.find('\n', at) - at - key.size());
    };
    if (!eventually([&] { return !place_of().empty() && place_of().find("disabled") == std::string::npos; }, 20s))
      return false;
    if (!settles(place_of, 400ms)) return false;  // a window that has just opened may still move
    std::istringstream place(place_of());
    int x = 0, y = 0;
    place >> x >> y;
    display_.click(x, y);
    return true;
  }
  int quit() {
    display_.press_key("ctrl+q");
    return process_->wait(5s);
  }

 private:
  const XvfbDisplay& display_;
  TempDir folder_;
  std::unique_ptr<BackgroundProcess> process_;
  std::size_t mark_ = 0;
};

std::filesystem::path only_file(const std::filesystem::path& folder, const std::string& ending) {
  std::filesystem::path found;
  eventually(
      [&] {
        if (!std::filesystem::exists(folder)) return false;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
          if (entry.path().string().ends_with(ending)) found = entry.path();
        return !found.empty();
      },
      20s);
  return found;
}

TEST(WindowEvents, AnAlarmIsKeptPlayedJudgedNotedExportedAndThereAgainAfterwards) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const TempDir home;
  write_demo_as_monitor(home / "pump.safetensors");
  const PulseNullSink sink;
  const Environment data = {{"XDG_DATA_HOME", home / "data"}, {"HOME", home.path()}};
  {
    EventWindow window(display, sink, home);
    ASSERT_TRUE(window.says("sound: arrives")) << window.said();
    const auto player = sink.play(source_dir() / "assets" / "demo.flac");
    ASSERT_TRUE(window.says("events listed: 1, not on the disk: 0", 90s)) << window.said();
    ASSERT_NE(player->wait(60s), -1);
    EXPECT_FALSE(only_file(home / "data" / "auscult" / "clips", ".flac").empty())
        << "the sound of the event was not kept";
    ASSERT_TRUE(window.click("event"));
    display.press_key("e");
    window.mark();
    ASSERT_TRUE(window.click("Play"));
    EXPECT_TRUE(window.says("playing: playing")) << window.said();
    ASSERT_TRUE(window.click("Play"));  // now it stops
    EXPECT_TRUE(window.says("playing: idle")) << window.said();
    ASSERT_TRUE(window.click("Confirmed"));
    ASSERT_TRUE(window.click("Note"));
    display.type("bearing 2");
    ASSERT_TRUE(window.click("Export"));
    const auto exported = only_file(home / "data" / "auscult" / "exports", "-events.csv");
    ASSERT_FALSE(exported.empty()) << window.said();
    EXPECT_NE(read_file(exported).find(",confirmed,bearing 2,"), std::string::npos) << read_file(exported);
    EXPECT_EQ(window.quit(), 0) << window.said();
  }
  const ProcessResult listed = auscult({"events", "list", "--verdict", "confirmed", "--json"}, data);
  EXPECT_EQ(std::count(listed.out.begin(), listed.out.end(), '\n'), 1) << listed.out << listed.err;
  EXPECT_NE(listed.out.find("\"note\":\"bearing 2\""), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("\"clip_state\":\"kept\""), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("\"edge\":\"ended\""), std::string::npos) << listed.out;

  EventWindow again(display, sink, home);
  EXPECT_TRUE(again.says("events listed: 1")) << again.said();
  ASSERT_TRUE(again.says("state: Machine off")) << "the layout no longer changes: " << again.said();
  ASSERT_TRUE(again.click("event"));
  display.press_key("e");
  ASSERT_TRUE(again.click("Play")) << again.said();
  EXPECT_TRUE(again.says("playing: playing")) << "the sound of an earlier run is played too";
  EXPECT_EQ(again.quit(), 0);
}

}  // namespace
}  // namespace auscult::test
