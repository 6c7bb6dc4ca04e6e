// Axis arithmetic: round tick positions, labels, and the mel scale (Slaney's, as in the frontend). Pure functions.
#pragma once

#include <string>
#include <vector>

namespace auscult::gui {

/// Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], at most about `wanted` of them.
std::vector<double> nice_ticks(double low, double high, int wanted);
/// Round times: steps of 1, 2, 5, 10, 15, 30 s, 1, 2, 5, ... min.
std::vector<double> time_ticks(double low, double high, int wanted);

std::string label_hz(double hz);    ///< "500", "2k", "2.5k"
std::string label_value(double v);  ///< "0.25", "12", "-3.5"

double mel_from_hz(double hz);
double hz_from_mel(double mel);

/// Position of a frequency on a spectrogram's axis, 0 (bottom) to 1 (top), and back.
struct FrequencyAxis {
  bool mel = false;
  double low_hz = 0.0, high_hz = 8000.0;
  double position(double hz) const;
  double hz_at(double position) const;
  std::vector<double> ticks() const;
};

}  // namespace auscult::gui
