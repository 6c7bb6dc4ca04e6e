// Version 2 of the simulator: pumps, fans and gearboxes, steady or with variable speed, in operating states that come
// and go. Like version 1 (pump.h, which stays as it is) pure functions of their request, with healthy and faulty
// recordings from the same functions, and frozen (docs/decisions/simulator-frozen.md).
// Thread rule: free functions without shared state. Units: Hz, s, dB; samples in [-1, 1], 16 kHz.
// Physics and parameters: docs/simulator.md.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "simulate/pump.h"

namespace auscult {

inline constexpr int kMachineSimulatorVersion = 2;

enum class MachineFamily { pump, fan, gearbox };
enum class Operation {
  steady,    ///< the speed of a motor on the mains; the load has states
  variable,  ///< a motor on an inverter: states of speed and load, with ramps between them
};

/// "pump", "fan", "gearbox": also the machine's type in MIMII's layout.
const char* to_string(MachineFamily family);
const char* to_string(Operation operation);
std::optional<MachineFamily> machine_family_from_string(std::string_view name);
std::optional<Operation> operation_from_string(std::string_view name);

/// The kinds of fault that a family can have, in the order of a set's recordings.
std::span<const Fault> faults_of(MachineFamily family);

/// One recording. `clip.snr_db` is the mean over recordings: each has its own, about a decibel off. All random values
/// depend on (family, operation, seed, machine, fault, index); a machine's construction and hall do not depend on its
/// operation.
struct MachineClipRequest {
  MachineFamily family = MachineFamily::pump;
  Operation operation = Operation::steady;
  PumpClipRequest clip;
};

/// Preconditions: those of render_pump_clip(); the fault is none or one of the family's.
PumpClip render_machine_clip(const MachineClipRequest& request);

/// The request for a machine's abnormal recording number `i`: the family's faults in turn.
MachineClipRequest abnormal_machine_clip(MachineFamily family, Operation operation, std::uint64_t seed, int machine,
                                         int i);

}  // namespace auscult
