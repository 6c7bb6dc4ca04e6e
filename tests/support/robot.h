// Operates the real window: starts it on a private display with a separate home, reads its log (AUSCULT_LOG=debug) and
// clicks widgets by their label, whose positions the window logs (AUSCULT_ROBOT, gui/robot.h). Test-only, header-only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/process.h"
#include "support/wait.h"
#include "support/xvfb.h"

namespace auscult::test {

/// A preset that trains in a second: as tiny_preset_json(), with a monitor's policy.
inline constexpr const char* kQuickPreset = R"({"name": "quick", "description": "for tests", "frontend": {"n_mels": 16},
  "detectors": [{"name": "summary", "input": "summary", "window": 31, "step": 8, "min_window": 16, "members": 1,
                 "dagmm": {"network": {"hidden": [8], "latent": 2, "estimation": [4], "components": 2}, "mixture": {"em_steps": 3}, "schedule": {"batch_size": 32, "epochs": 3}}}]})";

/// The window's arguments for the demo model on the demo recording.
inline std::vector<std::string> demo() {
  return {(source_dir() / "models" / "demo.safetensors").string(), "--input",
          (source_dir() / "assets" / "demo.flac").string()};
}

class WindowRobot {
 public:
  /// `prepare` is called with data() before the window starts.
  WindowRobot(const XvfbDisplay& display, const std::vector<std::string>& arguments, const Environment& extra = {},
              const std::function<void(const std::filesystem::path&)>& prepare = {})
      : display_(display) {
    if (const auto home = extra.find("XDG_DATA_HOME"); home != extra.end()) data_home_ = home->second;
    if (prepare) prepare(data());
    Environment environment = extra;  // existing entries are kept
    environment.emplace("XDG_CONFIG_HOME", (folder_ / "config").string());
    environment.emplace("XDG_STATE_HOME", (folder_ / "state").string());
    environment.merge(display.environment());
    environment["AUSCULT_LOG"] = "debug";
    environment["AUSCULT_ROBOT"] = "1";
    environment["XDG_DATA_HOME"] = data_home_.string();
    std::vector<std::string> command = {program("auscult-gui")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    process_ = std::make_unique<BackgroundProcess>(command, environment, (folder_ / "out").string(),
                                                   (folder_ / "err").string());
  }

  BackgroundProcess& process() { return *process_; }
  /// The window's data folder: XDG_DATA_HOME/auscult.
  std::filesystem::path data() const { return data_home_ / "auscult"; }
  std::filesystem::path config() const { return folder_ / "config"; }
  std::string said() const { return read_file(folder_ / "err"); }
  /// Waits until the window has logged it; false if the window exits first, or after `timeout`.
  bool says(const std::string& words, std::chrono::milliseconds timeout = std::chrono::seconds(30)) const {
    const auto has_said = [&] { return said().find(words) != std::string::npos; };
    eventually([&] { return !process_->running() || has_said(); }, timeout);
    return has_said();  // a program that has exited may have logged it last
  }
  /// The text after the last `key` in the log.
  std::string last(const std::string& key) const {
    const std::string text = said();
    const auto at = text.rfind(key);
    if (at == std::string::npos) return "";
    return text.substr(at + key.size(), text.find('\n', at) - at - key.size());
  }
  /// Waits for an enabled widget with this label.
  bool offers(const std::string& label, std::chrono::milliseconds timeout = std::chrono::seconds(20)) const {
    const auto usable = [&] {
      const std::string place = last("widget: " + label + " at ");
      return !place.empty() && place.find("disabled") == std::string::npos;
    };
    eventually([&] { return !process_->running() || usable(); }, timeout);
    return usable();
  }
  /// Clicks a widget at its last position; false if it does not appear.
  bool click(const std::string& label) const {
    if (!offers(label)) return false;
    const std::string key = "widget: " + label + " at ";
    // A window that has just opened may still move.
    if (!settles([&] { return last(key); }, std::chrono::milliseconds(400))) return false;
    std::istringstream place(last(key));
    int x = 0, y = 0;
    place >> x >> y;
    display_.click(x, y);
    return true;
  }

 private:
  const XvfbDisplay& display_;
  TempDir folder_;
  std::filesystem::path data_home_ = folder_ / "data";
  std::unique_ptr<BackgroundProcess> process_;
};

}  // namespace auscult::test
