// What all versions of the simulator share: the order of a set's recordings, a fault's course in time, and the mix of
// machine and background at the microphones. Thread rule: free functions and plain values. Units: dB, s, samples at
// 16 kHz.
#pragma once

#include <array>

#include "hall.h"
#include "pump_sound.h"
#include "random.h"
#include "simulate/pump.h"

namespace auscult::simulate {

inline constexpr std::size_t kPreRoll = 12800;  ///< lets filters and reverberation settle before a recording: 0.8 s

/// Severity and level of a recording within its group (healthy, or one fault), as quantiles 0-1.
struct Draw {
  double severity, level;
};

/// Both are low-discrepancy sequences from a random start, so that a few recordings cover the range evenly. Levels come
/// in mirrored pairs around the middle one: the mean level of every group is the same, however small the group.
Draw draw_in_group(Random start, int index);

/// `samples` include the pre-roll; `onset` is in seconds of the recording, 0: present from the start.
FaultCourse make_course(Fault fault, double severity, double onset, std::size_t samples);

struct MixOptions {
  int channels = 1;
  double snr_db = 6.0;        ///< of the machine, with its fault, at microphone 0
  double level_dbfs = -30.0;  ///< of microphone 0, machine and background together
  double fault_onset = 0.0;   ///< s; SNR and level are those of the part before it
};

/// The recording without its pre-roll; its severity is left 0.
PumpClip mix_clip(const Hall& hall, const Placement& placement, const Signal& machine,
                  const std::array<Signal, kDirections>& background, const MixOptions& options);

}  // namespace auscult::simulate
