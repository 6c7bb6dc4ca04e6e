// How a machine of version 2 is run: its states of speed and load, and what it does during one recording.
// Thread rule: free functions and plain values. Units: Hz, dB, s; speed and load relative to the rated ones.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "pump_sound.h"
#include "random.h"
#include "simulate/machine_clip.h"

namespace auscult::simulate {

struct DriveState {
  double speed, load, share;  ///< `share` of the time; the last state is rare
  double unrest;              ///< factor on how much speed, load and levels wander
};

inline constexpr std::size_t kDriveStates = 4;

/// Drawn once for a machine.
struct Drive {
  std::array<DriveState, kDriveStates> steady, variable;
  /// What a state's forces do to the resonances of the body, dB.
  std::array<std::array<double, 8>, kDriveStates> body_db;
  double ramp;  ///< change of speed per second
};

Drive draw_drive(Random& random);
/// One of the states, by its share.
std::size_t choose_state(const std::array<DriveState, kDriveStates>& states, Random& random);

/// One recording's course; every vector has one value a block.
struct Running {
  Motion motion;
  std::vector<double> speed, load;
  std::vector<double> tone_db, noise_db;  ///< levels wander within seconds
  double mean_load = 1.0;
  std::size_t state = 0;  ///< that it begins in
};

/// `speed_factor` is what a fault does to the speed, by block.
Running render_running(const Drive& drive, Operation operation, double rated_hz,
                       const std::function<double(std::size_t)>& speed_factor, std::size_t samples, Random random);

}  // namespace auscult::simulate
