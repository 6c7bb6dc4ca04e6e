// Actions outside the window when an event begins: a desktop notification, a sound, the user's command. None of them
// blocks, and a failure is reported once. Thread rule: UI thread.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gui/app_state.h"
#include "gui/settings.h"

namespace auscult::gui {

class Alerts {
 public:
  using Runner = std::function<Status(const std::vector<std::string>& argv, const std::string& event_json)>;
  using Sounder = std::function<void(std::vector<float> samples, int sample_rate)>;
  using Describer = std::function<std::string(const Event&)>;  ///< as JSON, for the user's command
  Alerts(Runner run, Sounder sound, Describer describe)
      : run_(std::move(run)), sound_(std::move(sound)), describe_(std::move(describe)) {}

  /// Handles the events of a live input that have begun since the last call. Returns what failed; empty if nothing did.
  std::string update(const AppState& state, const Settings& settings);

 private:
  std::string raise(const AppState& state, const Event& event, const Settings& settings);
  Runner run_;
  Sounder sound_;
  Describer describe_;
  std::size_t seen_ = 0;
};

/// Two short mono tones, audible over a machine.
std::vector<float> alarm_tone(int sample_rate);

}  // namespace auscult::gui
