// Parts that the machines of version 2 are made of: tones locked to a shaft, bands of noise, short normal moments, and
// the mix with a fault. Thread rule: free functions and plain values. Units: Hz, dB, samples at 16 kHz.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "drive.h"
#include "filters.h"
#include "machine.h"
#include "pump_sound.h"
#include "random.h"

namespace auscult::simulate {

/// A tone at `order` cycles per revolution; orders need not be whole.
struct Tone {
  double order, amplitude;
};

/// Scales amplitudes so that the sum of the tones has an RMS of 1.
void to_unit_power(std::vector<Tone>& tones);

/// Gain of a tone (by number) in a block.
using ToneGain = std::function<double(std::size_t tone, std::size_t block)>;

/// Tones above 7.6 kHz are left out while they are there.
Signal render_tones(const std::vector<Tone>& tones, const Motion& motion, const ToneGain& gain, Random random);

/// Noise below a corner with a weaker tail, or around a frequency if q > 0; its strength follows a shaft order.
struct NoiseBand {
  double hz, q = 0.0;
  double tail_hz = 4000.0, tail = 0.1;
  double order = 0.0, depth = 0.0;  ///< modulation
};

/// RMS 1.
Signal render_noise(const NoiseBand& band, const Motion& motion, Random random);

/// A tone at a fixed frequency with weaker multiples, RMS 1: hum of the mains, whine of an inverter.
Signal render_hum(double hz, const std::array<double, 3>& amplitudes, std::size_t samples, Random random);

/// Small differences between recordings of one machine, from temperature and load history: few degrees of freedom.
struct Deviations {
  double tone_db, noise_db, other_db, body_shift, tilt;
  std::array<double, 8> body_db;
};
Deviations draw_deviations(Random& random);
/// The gains of a body's resonances in a recording.
std::array<double, 8> body_gains(const Drive& drive, const Running& running, const Deviations& deviations);

/// Resonances of a casing, drawn once for a machine.
std::vector<Resonance> draw_body(double low_hz, double high_hz, Random& random);

/// A short event that belongs to normal operation but is rare: a valve, a gust, a clutch.
struct Moment {
  double rate;  ///< per second
  double hz, q, seconds, level_db;
};
/// Adds moments to `machine`, at levels relative to its RMS.
void add_moments(Signal& machine, const Moment& moment, Random random);

/// Adds `fault` (of any level) so that its level relative to the healthy machine's RMS is `level_db`.
void add_fault(Signal& machine, Signal fault, double level_db, const FaultCourse& course);

/// Random streams of one recording, one per mechanism.
struct ClipStreams {
  Random motion, flow, rumble, fault, moments;
};

/// A level in dB that a severity of 0-1 interpolates.
inline double between(double low, double high, double severity) {
  return low + (high - low) * severity;
}

}  // namespace auscult::simulate
