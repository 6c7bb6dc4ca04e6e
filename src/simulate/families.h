// The machines of version 2, one file each: their sound at the casing, with or without a fault.
// Thread rule: free functions and plain values. Samples at 16 kHz.
#pragma once

#include "drive.h"
#include "parts.h"

namespace auscult::simulate {

/// What a machine is asked to sound like in one recording.
struct ClipTask {
  std::uint64_t seed = 1;  ///< of the family's machines
  int machine = 0;
  Operation operation = Operation::steady;
  FaultCourse course;
  std::size_t samples = 0;
};

Signal render_pump_machine(const ClipTask& task, const Drive& drive, const Deviations& deviations,
                           const ClipStreams& streams);
Signal render_fan(const ClipTask& task, const Drive& drive, const Deviations& deviations, const ClipStreams& streams);
Signal render_gearbox(const ClipTask& task, const Drive& drive, const Deviations& deviations,
                      const ClipStreams& streams);

}  // namespace auscult::simulate
