// The factory hall: what else sounds in it, and how pump and neighbours reach the microphones.
#pragma once

#include "simulate/pump.h"
#include "filters.h"
#include "random.h"

#include <array>
#include <vector>

namespace auscult::simulate {

inline constexpr std::size_t kDirections = 3;  ///< that the background comes from

struct Neighbour {
  double hz;                      ///< of its rotation
  std::array<double, 6> tones;    ///< its harmonics' amplitudes
  double band_hz, band_q, noise;  ///< its noise
  double level_db, on_share;      ///< how loud, and how much of the time it runs
  std::size_t direction;
};

struct Path {
  int delay;  ///< samples
  double gain;
};

/// A place: reflections of walls, neighbours, hall noise. One for each machine.
struct Hall {
  std::array<double, 3> size;          ///< m
  std::array<double, 3> pump;          ///< m
  std::array<double, 3> array_centre;  ///< m
  double absorption_hz;                ///< walls dull what they return
  double reflection, reverb_db, reverb_seconds;
  std::array<double, kSimulatorMaxChannels> microphone_db;
  double hall_corner_hz, vent_hz, vent_db, clank_rate, clank_db;
  std::array<Neighbour, 4> neighbours;
};

Hall make_hall(std::uint64_t seed, int machine);

/// Everything but the pump, one signal for each direction.
std::array<Signal, kDirections> render_background(const Hall& hall, std::size_t samples, Random random);

/// Where the microphones stand this time: somebody has moved them by a centimetre or two.
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

/// What walls return: the same sound, duller.
Signal dull(const Signal& source, double corner_hz);

}  // namespace auscult::simulate
