// Small signal blocks of the simulator: second-order sections, one-pole filters, levels. Sample rate 16 kHz throughout.
#pragma once

#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "simulate/pump.h"

namespace auscult::simulate {

using Signal = std::vector<float>;

inline constexpr double kTwoPi = 2.0 * std::numbers::pi;

inline double amplitude(double db) {
  return std::pow(10.0, db / 20.0);
}

/// A resonance: R. Bristow-Johnson's band-pass with peak gain 1.
class Resonator {
 public:
  Resonator(double hz, double q) {
    const double w = kTwoPi * hz / kSimulatorSampleRate;
    const double alpha = std::sin(w) / (2.0 * q);
    b0_ = alpha / (1.0 + alpha);
    a1_ = -2.0 * std::cos(w) / (1.0 + alpha);
    a2_ = (1.0 - alpha) / (1.0 + alpha);
  }
  double operator()(double x) {
    x += 1e-20;  // keeps the state of a decaying ring out of the slow subnormal numbers
    const double y = b0_ * x + s1_;
    s1_ = s2_ - a1_ * y;
    s2_ = -b0_ * x - a2_ * y;
    return y;
  }

 private:
  double b0_, a1_, a2_, s1_ = 0.0, s2_ = 0.0;
};

/// One-pole low-pass, 6 dB an octave above `hz`.
class LowPass {
 public:
  explicit LowPass(double hz) : k_(1.0 - std::exp(-kTwoPi * hz / kSimulatorSampleRate)) {}
  double operator()(double x) { return state_ += k_ * (x + 1e-20 - state_); }

 private:
  double k_, state_ = 0.0;
};

inline double rms(std::span<const float> x) {
  double sum = 0.0;
  for (const float v : x) sum += static_cast<double>(v) * v;
  return x.empty() ? 0.0 : std::sqrt(sum / static_cast<double>(x.size()));
}

inline void scale(Signal& x, double gain) {
  for (float& v : x) v *= static_cast<float>(gain);
}

/// Brings a component to RMS 1, so that its gain is its level; silence is left unchanged.
inline void normalise(Signal& x) {
  if (const double r = rms(x); r > 1e-12) scale(x, 1.0 / r);
}

inline void add(Signal& to, const Signal& from, double gain) {
  const auto g = static_cast<float>(gain);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += g * from[i];
}

}  // namespace auscult::simulate
