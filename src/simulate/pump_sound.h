// The pump's sound at the casing, before room and microphones: the healthy mechanism, modified by or mixed with a
// fault. Thread rule: free functions and plain values. Units: Hz, dB, samples at 16 kHz.
#pragma once

#include <span>
#include <vector>

#include "filters.h"
#include "machine.h"
#include "random.h"
#include "simulate/pump.h"

namespace auscult::simulate {

/// Progress of a fault, 0-1, at every kBlock-th sample: severity times a ramp.
struct FaultCourse {
  Fault fault = Fault::none;
  double severity = 0.0;
  std::vector<double> presence;  ///< 0 before the onset, 1 after it, one value a block
  double strength(std::size_t block) const { return severity * presence[block]; }
};

inline constexpr std::size_t kBlock = 64;  ///< samples between updates of slowly varying parameters

/// The shaft's rotation, which all rotating parts follow.
struct Motion {
  Signal turns;  ///< position in revolutions, modulo 64 (races turn by other orders; 64 keeps float precise enough)
  Signal cosine, sine;
  Signal rate;  ///< Hz
};

Motion render_motion(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                     std::size_t samples, Random random);

/// Random streams of one recording, one per mechanism.
struct SoundStreams {
  Random flow, rumble, fault;
};

Signal render_pump(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                   const Motion& motion, SoundStreams streams);

/// The resonances of casing and pipes, with frequencies multiplied by `shift` and one gain (dB) each.
Signal through_body(const std::vector<Resonance>& body, double shift, std::span<const double> gains_db,
                    const Signal& excitation);

/// The impacts of a pit on a race, outer or inner by chance; not normalized.
Signal render_bearing(const Bearing& bearing, const Motion& motion, Random& random);

/// The sound that a fault adds, RMS 1; empty for a fault that only modifies the mechanism.
Signal render_fault(const Machine& machine, const FaultCourse& course, const Motion& motion, Random random);

/// Level of render_fault's signal relative to the healthy pump, dB, at a severity of 0-1.
double fault_level_db(Fault fault, double severity);

}  // namespace auscult::simulate
