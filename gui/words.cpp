#include "gui/words.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <vector>

namespace auscult::gui {
namespace {

std::string printed(const char* format, auto... values) {
  char buffer[128];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

// Two significant digits: more would promise a precision that a fitted tail does not have.
double rounded(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - (value < 10.0 ? 0.0 : 1.0));
  return std::round(value / unit) * unit;
}

}  // namespace

StateWords words_for(AlarmState state) {
  switch (state) {
    case AlarmState::warming_up:
      return {"Warming up", "Too little sound yet to judge.", Sign::waiting, Tone::info};
    case AlarmState::normal:
      return {"Sounds normal", "Nothing unusual beyond the threshold.", Sign::check, Tone::good};
    case AlarmState::suspicious:
      return {"Suspicious", "Above the threshold, not yet long enough to be sure.", Sign::warning, Tone::caution};
    case AlarmState::alarm:
      return {"ALARM", "The machine does not sound as it was learned.", Sign::alarm, Tone::bad};
    case AlarmState::not_running:
      return {"Machine off", "Quieter than the machine when it runs: nothing is judged.", Sign::pause, Tone::neutral};
    case AlarmState::demo:
      return {"Demo model: not judging", "It knows a simulated pump, not your machine.", Sign::info, Tone::info};
    case AlarmState::no_signal:
      return {"No signal", "No sound arrives from the input.", Sign::crossed, Tone::caution};
  }
  return {};
}

std::string one_in(double u) {
  if (!(u < 9.0)) return "more than a billion";
  const double n = rounded(std::pow(10.0, std::max(0.0, u)));
  if (n >= 1e6) return printed("%g million", n / 1e6);
  return format_count(static_cast<std::uint64_t>(n));
}

std::string rarity(double u) {
  if (!(u >= 0.3)) return "as ordinary as most normal moments";
  if (u >= 9.0) return "fewer than 1 normal moment in a billion is this unusual";
  return "about 1 normal moment in " + one_in(u) + " is this unusual";
}

std::string format_clock(double seconds) {
  const auto whole = static_cast<long>(std::floor(std::max(0.0, seconds)));
  if (whole >= 3600) return printed("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return printed("%ld:%02ld", whole / 60, whole % 60);
}

std::string format_duration(double seconds) {
  if (seconds < 10.0) return printed("%.1f s", seconds);
  if (seconds < 99.5) return printed("%.0f s", seconds);
  const auto whole = std::lround(seconds);
  return printed("%ld min %02ld s", whole / 60, whole % 60);
}

std::string format_wall_time(std::int64_t ms_1970) {
  const std::time_t time = ms_1970 / 1000;
  std::tm local{};
  localtime_r(&time, &local);
  return printed("%02d:%02d:%02d", local.tm_hour, local.tm_min, local.tm_sec);
}

std::string format_count(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (int place = static_cast<int>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<std::size_t>(place), " ");
  return digits;
}

std::string short_number(double value) {
  return value < 999.5 ? printed("%.1f", value) : format_count(static_cast<std::uint64_t>(std::min(value, 1e15) + 0.5));
}

std::string format_rate(int hz) {
  return printed("%g kHz", hz / 1000.0);
}

std::string shorten(const std::string& text, int width) {
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (starts_character(text[i])) starts.push_back(i);
  const int count = static_cast<int>(starts.size());
  if (count <= width || width < 3) return text;
  const int head = (width - 1) / 2, tail = width - 1 - head;
  return text.substr(0, starts[static_cast<std::size_t>(head)]) + "…" +
         text.substr(starts[static_cast<std::size_t>(count - tail)]);
}

namespace help {
const char* const kEnergy =
    "Energy: how badly the model can explain the sound just heard. Each detector listens in its own way and has its "
    "own "
    "scale. The dashed line is the energy that corresponds to the threshold.";
const char* const kFused =
    "How unusual (live fused score, u): what the detectors say together, on a common scale. Each step of 1 is ten "
    "times rarer "
    "among normal moments: 1 = one in ten, 2 = one in a hundred, 3 = one in a thousand. Drag the line to move the "
    "threshold.";
const char* const kThreshold =
    "Threshold: sound more unusual than this, for long enough, raises an alarm. Lower it to hear about smaller "
    "changes, "
    "raise it for fewer false alarms. It acts at once. A moment is one step of the analysis (about 1/30 s).";
const char* const kWhy =
    "Why: which frequencies make the sound unusual, at the moment under the pointer or just now. Each bar is one band "
    "of the mel "
    "spectrogram and its part in the energy, all detectors together. Below u = 1 the bars are chance and drawn grey.";
const char* const kLinear =
    "Linear spectrogram: which frequencies are in the sound (upwards) over time (to the right); brighter is louder. "
    "Every "
    "hertz takes the same room, so evenly spaced lines are harmonics of one rotation.";
const char* const kMel =
    "Mel spectrogram: the same sound in 64 or so bands that are narrow for low and wide for high frequencies, as "
    "hearing is. "
    "This is what the model gets to see.";
const char* const kLevel =
    "Level in dBFS: decibels below the loudest that the input can record. RMS is the average loudness, peak the "
    "highest "
    "sample. Aim for peaks between -30 and -6. At 0 the input clips: the sound is cut off and cannot be judged well.";
const char* const kEvents =
    "Events: each time the score stayed above the threshold long enough to be sure, until it fell back.";
const char* const kFreeze =
    "Freeze holds the picture still so that you can look at it. Listening and alarms go on. (Space)";
const char* const kLost =
    "Samples that the computer could not take from the input in time. They leave a gap; scores start afresh behind it.";
const char* const kLatency = "Latency: from the moment a sound is captured to the moment its energy is known.";
const char* const kLoad = "Load: share of the available time that the analysis needs. Near 100 % it cannot keep up.";
const char* const kRing =
    "Buffer: how full the store between input and analysis is. Near 100 % samples are about to be lost.";
const char* const kDropped =
    "Columns that were analysed but came too late for the picture. Alarms do not depend on them.";
const char* const kFrames = "Pictures drawn a second. It falls on purpose when nothing changes, to spare the battery.";
const char* const kModel = "The model: what normal sounds like, as learned from recordings.";
const char* const kDemo = "A demo model knows a simulated pump. On a microphone it draws energies but raises no alarm.";
const char* const kDecibels =
    "Decibels of the spectrum's power, relative to a fixed reference. The range follows the sound slowly.";
}  // namespace help

}  // namespace auscult::gui
