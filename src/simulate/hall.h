// The factory hall: its background noise, and how the sound of pump and other machines reaches the microphones.
// Thread rule: free functions and plain values. Units: Hz, dB, s, m, samples at 16 kHz.
#pragma once

#include <array>
#include <vector>

#include "filters.h"
#include "random.h"
#include "simulate/pump.h"

namespace auscult::simulate {

inline constexpr std::size_t kDirections = 3;  ///< directions that the background comes from

struct Neighbour {
  double hz;                      ///< of its rotation
  std::array<double, 6> tones;    ///< its harmonics' amplitudes
  double band_hz, band_q, noise;  ///< its noise
  double level_db, on_share;      ///< level, and share of the time in which it runs
  std::size_t direction;
};

struct Path {
  int delay;  ///< samples
  double gain;
};

/// One machine's surroundings: reflections from walls, other machines, hall noise.
struct Hall {
  std::array<double, 3> size;          ///< m
  std::array<double, 3> pump;          ///< m
  std::array<double, 3> array_centre;  ///< m
  double absorption_hz;                ///< corner of the low-pass that walls apply
  double reflection, reverb_db, reverb_seconds;
  std::array<double, kSimulatorMaxChannels> microphone_db;
  double hall_corner_hz, vent_hz, vent_db, clank_rate, clank_db;
  std::array<Neighbour, 4> neighbours;
};

Neighbour draw_neighbour(Random& random);
Hall make_hall(std::uint64_t seed, int machine);

/// Everything except the pump, one signal per direction. `spread` scales how much levels differ between recordings.
std::array<Signal, kDirections> render_background(const Hall& hall, std::size_t samples, Random random,
                                                  double spread = 1.0);

/// Positions of the microphones in one recording: they differ by a centimeter or two between recordings.
class Placement {
 public:
  Placement(const Hall& hall, Random random);
  /// The pump at one microphone.
  Signal hear_pump(const Signal& pump, const Signal& dulled, const std::array<Signal, 4>& reverb, int microphone) const;
  /// The background at one microphone.
  Signal hear_background(const std::array<Signal, kDirections>& background, const std::array<Signal, 4>& reverb,
                         int microphone) const;

 private:
  struct Microphone {
    double gain;
    Path direct;
    std::vector<Path> reflections;
    std::array<std::array<Path, 2>, kDirections> background;
    std::array<double, 4> reverb_signs;
  };
  double reverb_gain_ = 0.0;
  std::array<Microphone, kSimulatorMaxChannels> microphones_;
};

/// Late reverberation, four decorrelated outputs (a feedback delay network with a Hadamard matrix; Jot 1991).
std::array<Signal, 4> render_reverb(const Signal& source, double seconds, double absorption_hz);

/// The sound reflected by the walls: low-passed at `corner_hz`.
Signal dull(const Signal& source, double corner_hz);

}  // namespace auscult::simulate
