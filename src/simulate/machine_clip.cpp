#include "simulate/machine_clip.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "families.h"
#include "hall.h"
#include "mixing.h"

namespace auscult {

namespace {

using namespace simulate;

constexpr std::array<Fault, 6> kFanFaults = {Fault::bearing, Fault::imbalance, Fault::blade_damage,
                                             Fault::clog,    Fault::belt,      Fault::rub};
constexpr std::array<Fault, 5> kGearboxFaults = {Fault::bearing, Fault::tooth_damage, Fault::wear, Fault::misalignment,
                                                 Fault::lubrication};
constexpr std::array<MachineFamily, 3> kFamilies = {MachineFamily::pump, MachineFamily::fan, MachineFamily::gearbox};
constexpr double kSnrSpread = 0.1;          // dB between recordings
constexpr double kBackgroundSpread = 0.15;  // of version 1's

constexpr double kStrangerShare = 0.1;  // of recordings, in which a machine runs nearby that usually does not
constexpr double kStrangerDb = 6.0;     // more than a usual neighbor

// Recordings are made in sessions: the array stands where it was put up, its gain is set, some neighbors run, and the
// machine is mostly in one state. Sessions follow the sequence that keeps the levels of all groups of recordings alike,
// so that loudness reveals no label; later ones are rarer.
constexpr int kSessions = 12;
constexpr double kLevelLow = -32.0, kLevelHigh = -28.5;  // dBFS, of the first and the last session
constexpr double kSessionState = 0.75;                   // share of the time that a session's own state has
constexpr double kSessionSpeed = 0.03;                   // of the set point on an inverter, to both sides

struct Session {
  std::uint64_t number;
  double level_dbfs;
};

Session session_of(double quantile) {
  const double position = kSessions * std::pow(quantile, 1.5), number = std::min(std::floor(position), kSessions - 1.0);
  return {static_cast<std::uint64_t>(number),
          kLevelLow + (kLevelHigh - kLevelLow) * number / kSessions + 0.1 * (position - number)};
}

// Version 2's pumps are built like those of version 1 with the same seed; other families have machines of their own.
std::uint64_t family_seed(const MachineClipRequest& request) {
  return request.family == MachineFamily::pump
             ? request.clip.seed
             : Random::finalise(request.clip.seed ^ (static_cast<std::uint64_t>(request.family) << 56));
}

std::uint64_t machine_of(const MachineClipRequest& request) {
  return static_cast<std::uint64_t>(request.clip.machine);
}

// A stream of this recording. The 2 keeps it apart from version 1's.
Random stream(const MachineClipRequest& request, Stream purpose) {
  return random_stream(
      {family_seed(request), machine_of(request), static_cast<std::uint64_t>(request.clip.fault),
       static_cast<std::uint64_t>(request.clip.index), 2, static_cast<std::uint64_t>(request.operation)},
      purpose);
}

// A stream of this machine, the same for all of its recordings.
Random machine_stream(const MachineClipRequest& request, Stream purpose, std::uint64_t number = 0) {
  return random_stream({family_seed(request), machine_of(request), 2, number}, purpose);
}

// A stream of one session of this machine.
Random session_stream(const MachineClipRequest& request, Stream purpose, const Session& session) {
  return machine_stream(request, purpose, 16 + session.number);
}

// The background of one recording: which neighbors run is a matter of the session, and sometimes there is a stranger.
std::array<Signal, kDirections> render_scene(Hall hall, const MachineClipRequest& request, const Session& session,
                                             std::size_t samples) {
  Random random = stream(request, Stream::background), usual = session_stream(request, Stream::background, session);
  for (std::size_t n = 0; n < 2; ++n) hall.neighbours[n] = draw_neighbour(usual);
  for (Neighbour& neighbour : hall.neighbours) {
    neighbour.on_share = usual.uniform() < 0.5 ? 0.98 : 0.02;
    neighbour.level_db += 2.0 * usual.normal();
  }
  hall.vent_db += 2.0 * usual.normal();
  if (random.uniform() < kStrangerShare) {
    hall.neighbours.back() = draw_neighbour(random);
    hall.neighbours.back().level_db += kStrangerDb;
  }
  return render_background(hall, samples, random, kBackgroundSpread);
}

// The machine's drive as it is in a session.
Drive draw_session_drive(const MachineClipRequest& request, const Session& session) {
  Random machine = machine_stream(request, Stream::conditions),
         random = session_stream(request, Stream::conditions, session);
  Drive drive = draw_drive(machine);
  const std::size_t state = choose_state(drive.steady, random);
  for (auto* states : {&drive.steady, &drive.variable})
    for (std::size_t s = 0; s < kDriveStates; ++s) {
      DriveState& one = (*states)[s];
      one.share = (1.0 - kSessionState) * one.share + (s == state ? kSessionState : 0.0);
    }
  for (DriveState& one : drive.variable) one.speed += kSessionSpeed * random.uniform(-1.0, 1.0);
  for (auto& gains : drive.body_db)
    for (double& db : gains) db += random.normal();
  return drive;
}

Signal render_source(const MachineClipRequest& request, const Session& session, const FaultCourse& course,
                     std::size_t samples) {
  Random clip = stream(request, Stream::conditions);
  const Drive drive = draw_session_drive(request, session);
  const Deviations deviations = draw_deviations(clip);
  const ClipTask task = {family_seed(request), request.clip.machine, request.operation, course, samples};
  const ClipStreams streams = {stream(request, Stream::motion), stream(request, Stream::flow),
                               stream(request, Stream::rumble), stream(request, Stream::fault),
                               stream(request, Stream::room)};
  switch (request.family) {
    case MachineFamily::pump:
      return render_pump_machine(task, drive, deviations, streams);
    case MachineFamily::fan:
      return render_fan(task, drive, deviations, streams);
    case MachineFamily::gearbox:
      return render_gearbox(task, drive, deviations, streams);
  }
  return {};
}

}  // namespace

const char* to_string(MachineFamily family) {
  switch (family) {
    case MachineFamily::pump:
      return "pump";
    case MachineFamily::fan:
      return "fan";
    case MachineFamily::gearbox:
      return "gearbox";
  }
  return "unknown";
}

const char* to_string(Operation operation) {
  return operation == Operation::steady ? "steady" : "variable";
}

std::optional<MachineFamily> machine_family_from_string(std::string_view name) {
  for (const MachineFamily family : kFamilies)
    if (name == to_string(family)) return family;
  return std::nullopt;
}

std::optional<Operation> operation_from_string(std::string_view name) {
  for (const Operation operation : {Operation::steady, Operation::variable})
    if (name == to_string(operation)) return operation;
  return std::nullopt;
}

std::span<const Fault> faults_of(MachineFamily family) {
  switch (family) {
    case MachineFamily::fan:
      return kFanFaults;
    case MachineFamily::gearbox:
      return kGearboxFaults;
    default:
      return kFaults;
  }
}

PumpClip render_machine_clip(const MachineClipRequest& request) {
  const PumpClipRequest& wanted = request.clip;
  const std::size_t samples = static_cast<std::size_t>(std::llround(wanted.seconds * kSimulatorSampleRate)) + kPreRoll;
  const Draw drawn = draw_in_group(
      machine_stream(request, Stream::order,
                     2 * static_cast<std::uint64_t>(wanted.fault) + static_cast<std::uint64_t>(request.operation)),
      wanted.index);
  const double severity = wanted.fault == Fault::none ? 0.0 : wanted.severity.value_or(drawn.severity);
  const Session session = session_of(drawn.level);
  const Hall hall = make_hall(family_seed(request), wanted.machine);
  const FaultCourse course = make_course(wanted.fault, severity, wanted.fault_onset, samples);
  const Signal machine = render_source(request, session, course, samples);
  const auto background = render_scene(hall, request, session, samples);
  Random snr = stream(request, Stream::site);
  const Placement placement(hall, session_stream(request, Stream::placement, session));
  PumpClip clip =
      mix_clip(hall, placement, machine, background,
               {wanted.channels, wanted.snr_db + kSnrSpread * snr.normal(), session.level_dbfs, wanted.fault_onset});
  clip.severity = severity;
  return clip;
}

MachineClipRequest abnormal_machine_clip(MachineFamily family, Operation operation, std::uint64_t seed, int machine,
                                         int i) {
  const std::span<const Fault> faults = faults_of(family);
  MachineClipRequest request{family, operation, {}};
  request.clip.seed = seed;
  request.clip.machine = machine;
  request.clip.fault = faults[static_cast<std::size_t>(i) % faults.size()];
  request.clip.index = i / static_cast<int>(faults.size());
  return request;
}

}  // namespace auscult
