// A simulated pump in a factory hall, recorded by an array of microphones: training and test data with known faults.
// Pure functions of their request: the same request gives the same samples, on any thread.
// The simulator is frozen (docs/decisions/simulator-frozen.md): a change of its output requires a new
// kSimulatorVersion. Thread rule: free functions without shared state. Units: Hz, s, dB; samples in [-1, 1], 16 kHz.
// Physics and parameters: docs/simulator.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auscult {

inline constexpr int kSimulatorVersion = 1;
inline constexpr int kSimulatorSampleRate = 16000;  ///< Hz, as MIMII
inline constexpr int kSimulatorMaxChannels = 8;

/// The faults of all machines; the number of a fault is part of the random seeds, so new ones come last.
enum class Fault {
  none,
  bearing,
  cavitation,
  leak,
  clog,
  imbalance,
  contamination,
  blade_damage,
  belt,
  rub,
  tooth_damage,
  wear,
  misalignment,
  lubrication
};
/// Those of version 1's pump.
inline constexpr std::array<Fault, 6> kFaults = {Fault::bearing, Fault::cavitation, Fault::leak,
                                                 Fault::clog,    Fault::imbalance,  Fault::contamination};
/// "none", "bearing", ...
const char* to_string(Fault fault);
/// The fault of any machine with that name; std::nullopt for an unknown one.
std::optional<Fault> fault_from_string(std::string_view name);

/// One recording. All random values depend on (seed, machine, fault, index) only: not on the SNR, so that the same pump
/// is available at several background levels, nor on the number of channels.
struct PumpClipRequest {
  std::uint64_t seed = 1;  ///< of the whole set: another seed gives other pumps
  int machine = 0;         ///< 0, 1, 2, ...; each has its own construction and room
  Fault fault = Fault::none;
  int index = 0;        ///< number among the recordings of this machine and fault
  double snr_db = 6.0;  ///< pump (with its fault) relative to the background at microphone 0
  double seconds = 10.0;
  int channels = 8;                ///< 1-8 microphones; the first ones do not depend on the number
  std::optional<double> severity;  ///< 0-1; absent: drawn, from hardly audible to obvious
  double fault_onset = 0.0;        ///< s; the fault develops here, within half a second; 0: present from the start
};

struct PumpClip {
  int channels = 0;
  double severity = 0.0;           ///< 0 for a normal recording
  std::vector<float> interleaved;  ///< seconds * 16000 sample frames
};

/// Precondition: 1 <= channels <= 8, seconds >= 0.1, machine and index >= 0.
PumpClip render_pump_clip(const PumpClipRequest& request);

/// The request for a machine's abnormal recording number `i`: the six kinds of fault in turn.
PumpClipRequest abnormal_clip(std::uint64_t seed, int machine, int i);

/// "id_00", "id_02", "id_04", ...: MIMII counts in even numbers.
std::string pump_machine_name(int machine);

/// "6_dB_pump", "-6_dB_pump", "2.5_dB_fan".
std::string snr_folder(double snr_db, std::string_view machine_type = "pump");

}  // namespace auscult
