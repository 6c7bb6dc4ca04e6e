// Writes a set of simulated recordings in MIMII's layout, and a continuous demo recording. Thread rule: call from one
// thread; rendering uses `threads` internal threads, whose number does not affect the output. The progress function is
// called from those threads, one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "simulate/machine_clip.h"

namespace auscult {

/// Which simulator, and which of its machines. Version 1 has steady pumps only, by other rules than version 2's.
struct SimulatorChoice {
  int version = kSimulatorVersion;
  MachineFamily family = MachineFamily::pump;
  Operation operation = Operation::steady;
};

struct PumpSetOptions {
  std::filesystem::path out;
  SimulatorChoice simulator;
  int machines = 4;
  int normal = 100;   ///< recordings per machine
  int abnormal = 30;  ///< recordings per machine, its faults in turn
  std::vector<double> snr_db = {6.0};
  int channels = 8;
  double seconds = 10.0;
  std::uint64_t seed = 1;
  int threads = 2;
};

struct PumpSetSummary {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::filesystem::path manifest;
};

/// The number of recordings that the options specify, and approximately how many bytes they take. Errors: usage
/// (numbers out of range).
Result<PumpSetSummary> plan_pump_set(const PumpSetOptions& options);

/// Writes out/<snr>_dB_<type>/<type>/<id>/{normal,abnormal}/<number>.wav (PCM 16, WAVE_FORMAT_EXTENSIBLE; the type is
/// "pump", "fan" or "gearbox") and finally out/manifest.csv. Every SNR has the same machines. After an error or a
/// cancellation all of it is removed. Errors: usage (numbers out of range), bad_input (`out` is not empty),
/// write_failed, canceled.
Result<PumpSetSummary> write_pump_set(const PumpSetOptions& options, const JobControl& control = {});

struct PumpDemoOptions {
  std::filesystem::path file;  ///< .flac or .wav
  SimulatorChoice simulator;
  std::uint64_t seed = 1;
  int machine = 0;  ///< the pump that write_pump_set names pump_machine_name(machine)
  Fault fault = Fault::bearing;
  double severity = 0.9;
  double normal_seconds = 20.0;  ///< healthy part
  double fault_seconds = 10.0;   ///< faulty part; the fault develops within half a second
  double snr_db = 6.0;
};

/// Writes one continuous mono recording of microphone 0, which is not part of any set. Errors: usage, write_failed.
Status write_pump_demo(const PumpDemoOptions& options);

}  // namespace auscult
