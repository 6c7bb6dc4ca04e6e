// The window's texts: the alarm's headline, the rarity of a score, times and sizes, and the tooltips that explain the
// technical terms. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/duration.h"
#include "monitor/live_monitor.h"

namespace auscult::gui {

/// Every state also has a shape, so that color is never the only indication.
enum class Sign { check, warning, alarm, pause, waiting, info, crossed };
enum class Tone { good, caution, bad, neutral, info };

struct StateWords {
  std::string headline;
  std::string detail;
  Sign sign = Sign::waiting;
  Tone tone = Tone::neutral;
};
StateWords words_for(AlarmState state);

/// What held-out sound supports where the model is not known, as for a stored event.
inline constexpr double kUsuallySupportedU = 6.0;
/// "about 1 in 200 normal frames scores this high", from u = -log10 of that share; "rarer than 1 in 160 000 normal
/// frames" where u is beyond what the held-out sound supports (EnergyCalibration::supported_u).
std::string rarity(double u, double supported_u);
/// "200", "50 000", "2 million", "more than a billion".
std::string one_in(double u);

std::string format_clock(double seconds);            ///< stream time: "0:07", "1:02:03"
std::string format_wall_time(std::int64_t ms_1970);  ///< local "14:03:22"
std::string format_count(std::uint64_t n);           ///< "12 345"
std::string short_number(double value);              ///< "0.4", "12.3", "1 234"
std::string format_rate(int hz);                     ///< "16 kHz", "44.1 kHz"
/// At most `width` characters (UTF-8 code points); an ellipsis replaces the middle.
std::string shorten(const std::string& text, int width);

namespace help {
extern const char* const kEnergy;
extern const char* const kDagmmEnergy;
extern const char* const kFused;
extern const char* const kThreshold;
extern const char* const kWhy;
extern const char* const kLinear;
extern const char* const kMel;
extern const char* const kLevel;
extern const char* const kEvents;
extern const char* const kFreeze;
extern const char* const kLost;
extern const char* const kLatency;
extern const char* const kLoad;
extern const char* const kRing;
extern const char* const kDropped;
extern const char* const kFrames;
extern const char* const kModel;
extern const char* const kDemo;
extern const char* const kDecibels;
}  // namespace help

}  // namespace auscult::gui
