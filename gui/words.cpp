#include "gui/words.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <vector>

#include "base/printed.h"

namespace auscult::gui {
namespace {

// Two significant digits: a fitted tail is not more precise than that.
double rounded(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - (value < 10.0 ? 0.0 : 1.0));
  return std::round(value / unit) * unit;
}

}  // namespace

StateWords words_for(AlarmState state) {
  switch (state) {
    case AlarmState::warming_up:
      return {"Warming up", "Not enough sound yet.", Sign::waiting, Tone::info};
    case AlarmState::normal:
      return {"Sounds normal", "The score is below the threshold.", Sign::check, Tone::good};
    case AlarmState::suspicious:
      return {"Suspicious", "Above the threshold, not yet confirmed.", Sign::warning, Tone::caution};
    case AlarmState::alarm:
      return {"ALARM", "The machine does not sound as it did in training.", Sign::alarm, Tone::bad};
    case AlarmState::not_running:
      return {"Machine off", "Quieter than the running machine: scores are not judged.", Sign::pause, Tone::neutral};
    case AlarmState::demo:
      return {"Demo model: not judging", "Trained on a simulated pump, not on your machine.", Sign::info, Tone::info};
    case AlarmState::no_signal:
      return {"No signal", "No sound from the input.", Sign::crossed, Tone::caution};
  }
  return {};
}

std::string one_in(double u) {
  if (!(u < 9.0)) return "more than a billion";
  const double n = rounded(std::pow(10.0, std::max(0.0, u)));
  if (n >= 1e6) return printed("%g million", n / 1e6);
  return format_count(static_cast<std::uint64_t>(n));
}

std::string rarity(double u, double supported_u) {
  if (!(u >= 0.3)) return "typical of normal sound";
  if (u > supported_u) return "rarer than 1 in " + one_in(supported_u) + " normal frames";
  return "about 1 in " + one_in(u) + " normal frames scores this high";
}

std::string format_clock(double seconds) {
  const auto whole = static_cast<long>(std::floor(std::max(0.0, seconds)));
  if (whole >= 3600) return printed("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return printed("%ld:%02ld", whole / 60, whole % 60);
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
  return value < 999.5 ? printed("%.1f", value)
                       : format_count(static_cast<std::uint64_t>(std::llround(std::min(value, 1e15))));
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
    "Energy: how poorly the model explains the sound it just heard. Each detector analyzes the sound differently and "
    "has its own scale. The dashed line is the energy that corresponds to the threshold.";
const char* const kDagmmEnergy =
    "DAGMM energy E(z): the negative log-likelihood of the sound under a neural network and a Gaussian mixture that "
    "were "
    "trained together on normal sound, less what is usual for the most similar sound in training. High means unlike "
    "anything learned. The dashed line is the energy that corresponds to the threshold.";
const char* const kFused =
    "Anomaly score (u): the detectors' scores combined on a common scale. Each step of 1 is ten times rarer in normal "
    "sound: 1 = one frame in ten, 2 = one in a hundred, 3 = one in a thousand. Drag the line to move the threshold.";
const char* const kThreshold =
    "Threshold: a score that stays above it long enough raises an alarm. Lower it to detect smaller changes, raise it "
    "for fewer false alarms. Changes take effect at once. A frame is one step of the analysis (about 1/30 s).";
const char* const kWhy =
    "Attribution: which frequencies raised the score, at the pointer or now. Each bar is one mel band and its share in "
    "the score, over all detectors. Below a score of 1 the bars are within chance and drawn in gray.";
const char* const kLinear =
    "Linear spectrogram: frequency (vertical) over time (horizontal); brighter is louder. The frequency axis is "
    "linear, "
    "so evenly spaced lines are harmonics of one rotation.";
const char* const kMel =
    "Mel spectrogram: the same sound in about 64 bands, narrow at low and wide at high frequencies, like human "
    "hearing. "
    "This is the model's input.";
const char* const kLevel =
    "Level in dBFS: decibels relative to the loudest signal that the input can record. RMS is the average level, peak "
    "the highest sample. Aim for peaks between -30 and -6. At 0 the input clips: the signal is cut off and scores are "
    "unreliable.";
const char* const kEvents =
    "Events: an event begins when the score has stayed above the threshold long enough, and ends when the score has "
    "fallen back.";
const char* const kFreeze = "Freezes the display so that you can examine it. Listening and alarms continue. (Space)";
const char* const kLost =
    "Samples that were lost because the computer did not read them from the input in time. They leave a gap; scoring "
    "starts over after it.";
const char* const kLatency = "Latency: time from capturing a sound to knowing its energy.";
const char* const kLoad =
    "Load: share of the available time that the analysis needs. Near 100 % the analysis cannot keep up.";
const char* const kRing =
    "Buffer: how full the buffer between input and analysis is. Near 100 % samples are about to be lost.";
const char* const kDropped = "Columns that were analyzed too late to be drawn. Alarms are not affected.";
const char* const kFrames = "Pictures drawn per second. Drawing slows down when nothing changes, to save power.";
const char* const kModel = "The model: what normal sounds like, learned from recordings.";
const char* const kDemo =
    "The demo model was trained on a simulated pump. With a microphone it draws energies but raises no alarm.";
const char* const kDecibels =
    "Spectral power in decibels, relative to a fixed reference. The range adapts slowly to the sound.";
}  // namespace help

}  // namespace auscult::gui
