// One pump's construction, and its operating conditions during one recording (speed, load, temperature).
// Thread rule: free functions and plain values. Units: Hz, dB.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "random.h"

namespace auscult::simulate {

struct Resonance {
  double hz, q, gain;
};

/// A ball bearing: its defect frequencies in shaft revolutions, and the resonances of its housing.
struct Bearing {
  double outer_race_order, inner_race_order;  ///< BPFO and BPFI
  std::array<double, 2> ring_hz;
};

inline constexpr int kHarmonics = 32;  ///< shaft harmonics, including the blade-pass harmonics

struct Machine {
  double synchronous_hz;  ///< of the motor: 50 Hz line over its pole pairs
  double full_load_slip;
  int blades;
  std::array<double, kHarmonics> shaft_tones;  ///< amplitudes of 1x, 2x, ... without the blades' share
  std::array<double, 4> blade_tones;           ///< of blade-pass and its multiples
  std::array<double, 3> hum;                   ///< 100, 200, 300 Hz
  double tone_db, hum_db, flow_db, rumble_db;  ///< RMS of each component
  double flow_corner_hz, flow_second_hz;
  double rumble_hz;
  std::vector<Resonance> body;  ///< casing and pipes
  Bearing bearing;
};

/// Operating conditions of one recording; drawn in the same way for a healthy and a faulty pump.
struct Conditions {
  double load;                                 ///< 0.6-1 of the rated load
  double line;                                 ///< mains frequency / 50 Hz
  double tone_db, hum_db, flow_db, rumble_db;  ///< deviations from the machine's usual levels
  double body_shift;                           ///< resonances follow temperature and filling
  std::array<double, 8> body_db;
  double flow_tilt;  ///< factor on the flow noise's corner
};

Bearing draw_bearing(Random& random);
Machine make_machine(std::uint64_t seed, int machine);
Conditions draw_conditions(Random& random);

}  // namespace auscult::simulate
