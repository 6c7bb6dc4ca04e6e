#include "gui/plot/axis.h"

#include <cmath>
#include <cstdio>

namespace auscult::gui {
namespace {

std::vector<double> multiples_within(double step, double low, double high) {
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k)
    ticks.push_back(k == 0.0 ? 0.0 : k * step);  // avoids -0
  return ticks;
}

// Slaney's auditory toolbox: linear below 1 kHz, logarithmic above (librosa's htk=False).
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kHzPerMel;
const double kLogStep = std::log(6.4) / 27.0;

}  // namespace

std::vector<double> nice_ticks(double low, double high, int wanted) {
  if (!(high > low) || wanted < 1) return {};
  const double raw = (high - low) / wanted;
  const double decade = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (factor * decade >= raw * 0.999) return multiples_within(factor * decade, low, high);
  return {};
}

std::vector<double> time_ticks(double low, double high, int wanted) {
  if (!(high > low) || wanted < 1) return {};
  for (const double step : {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0})
    if (step * wanted >= high - low) return multiples_within(step, low, high);
  return multiples_within(3600.0, low, high);
}

std::string label_hz(double hz) {
  char buffer[32];
  if (hz >= 1000.0) {
    std::snprintf(buffer, sizeof buffer, "%gk", hz / 1000.0);
  } else {
    std::snprintf(buffer, sizeof buffer, "%g", hz);
  }
  return buffer;
}

std::string label_value(double v) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4g", std::abs(v) < 1e-9 ? 0.0 : v);
  return buffer;
}

double mel_from_hz(double hz) {
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

double hz_from_mel(double mel) {
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp((mel - kBreakMel) * kLogStep);
}

double FrequencyAxis::position(double hz) const {
  if (!mel) return (hz - low_hz) / (high_hz - low_hz);
  return (mel_from_hz(hz) - mel_from_hz(low_hz)) / (mel_from_hz(high_hz) - mel_from_hz(low_hz));
}

double FrequencyAxis::hz_at(double position) const {
  if (!mel) return low_hz + position * (high_hz - low_hz);
  return hz_from_mel(mel_from_hz(low_hz) + position * (mel_from_hz(high_hz) - mel_from_hz(low_hz)));
}

std::vector<double> FrequencyAxis::ticks() const {
  if (!mel || high_hz <= kBreakHz) return nice_ticks(low_hz, high_hz, 5);
  constexpr double kClosest = 0.07;  // labels would touch
  std::vector<double> ticks;
  for (const double hz : {0.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0, 32000.0, 64000.0, 128000.0})
    if (hz >= low_hz && hz <= high_hz && (ticks.empty() || position(hz) - position(ticks.back()) >= kClosest))
      ticks.push_back(hz);
  return ticks;
}

}  // namespace auscult::gui
