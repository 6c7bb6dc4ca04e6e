#include "gui/alerts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auscult::gui {
namespace {

constexpr int kToneRate = 48000;

}  // namespace

std::vector<float> alarm_tone(int sample_rate) {
  constexpr double kSeconds = 0.25, kPause = 0.08, kFade = 0.01, kAmplitude = 0.35;
  const auto length = static_cast<std::size_t>((2 * kSeconds + kPause) * sample_rate);
  std::vector<float> samples(length, 0.0F);
  for (std::size_t i = 0; i < length; ++i) {
    const double t = static_cast<double>(i) / sample_rate;
    const bool second = t >= kSeconds + kPause;
    const double within = second ? t - kSeconds - kPause : t;
    if (within >= kSeconds) continue;
    const double envelope = std::min(1.0, std::min(within, kSeconds - within) / kFade);  // avoids clicks
    samples[i] = static_cast<float>(kAmplitude * envelope *
                                    std::sin(2.0 * std::numbers::pi * (second ? 660.0 : 880.0) * within));
  }
  return samples;
}

std::string Alerts::raise(const AppState& state, const Event& event, const Settings& settings) {
  const std::string machine = state.model() ? state.model()->name : "";
  const std::string text = (event.bands.empty() ? "" : "Strongest bands: " + to_text(event.bands) + ". ") +
                           "Input: " + state.source().label + ".";
  std::string problem;
  // A desktop without notifications is not an error; a failing user command is.
  if (settings.alarm_notification)
    (void)run_({"notify-send", "--app-name=Auscult", "--urgency=critical", "--icon=auscult",
                machine + ": abnormal sound", text},
               "");
  if (!settings.alarm_command.empty()) {
    if (const Status started = run_({"/bin/sh", "-c", settings.alarm_command}, describe_(event)); !started)
      problem = to_message(started.error());
  }
  if (settings.alarm_sound) sound_(alarm_tone(kToneRate), kToneRate);
  return problem;
}

std::string Alerts::update(const AppState& state, const Settings& settings) {
  const auto& events = state.events();
  std::string problem;
  for (; seen_ < events.size(); ++seen_)
    if (state.source().live) problem = raise(state, events[seen_], settings);
  return problem;
}

}  // namespace auscult::gui
