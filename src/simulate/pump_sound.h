// The pump's own sound at the casing, before room and microphones: healthy mechanism, changed or joined by a fault.
#pragma once

#include "simulate/pump.h"
#include "filters.h"
#include "machine.h"
#include "random.h"

#include <vector>

namespace auscult::simulate {

/// How far a fault has set in, 0-1, at every kBlock-th sample: severity times a ramp.
struct FaultCourse {
  Fault fault = Fault::none;
  double severity = 0.0;
  std::vector<double> presence;  ///< 0 before the onset, 1 after it, one value a block
  double strength(std::size_t block) const { return severity * presence[block]; }
};

inline constexpr std::size_t kBlock = 64;  ///< samples between updates of what changes slowly

/// The shaft's rotation: everything that turns follows it.
struct Motion {
  Signal turns;  ///< position in revolutions, modulo 64 (races turn by other orders; 64 keeps float precise enough)
  Signal cosine, sine;
  Signal rate;  ///< Hz
};

Motion render_motion(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                     std::size_t samples, Random random);

/// Random streams of one recording, each for one mechanism.
struct SoundStreams {
  Random flow, rumble, fault;
};

Signal render_pump(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                   const Motion& motion, SoundStreams streams);

/// What a fault adds beside the changed mechanism, RMS 1; empty for a fault that only changes what is there.
Signal render_fault(const Machine& machine, const FaultCourse& course, const Motion& motion, Random random);

/// Level of render_fault's signal against the healthy pump, dB, at a severity of 0-1.
double fault_level_db(Fault fault, double severity);

}  // namespace auscult::simulate
