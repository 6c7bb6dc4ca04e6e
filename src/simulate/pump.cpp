#include "simulate/pump.h"

#include <cmath>
#include <cstdio>

#include "filters.h"
#include "hall.h"
#include "machine.h"
#include "mixing.h"
#include "pump_sound.h"
#include "random.h"

namespace auscult {

namespace {

using namespace simulate;

constexpr double kLevelLow = -31.5, kLevelHigh = -28.5;  // dBFS of a recording

std::uint64_t unsigned_of(int value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

std::array<std::uint64_t, 4> identity(const PumpClipRequest& request) {
  return {request.seed, unsigned_of(request.machine), unsigned_of(static_cast<int>(request.fault)),
          unsigned_of(request.index)};
}

Random stream(const PumpClipRequest& request, Stream purpose) {
  const auto id = identity(request);
  return random_stream({id[0], id[1], id[2], id[3]}, purpose);
}

Draw draw(const PumpClipRequest& request) {
  return draw_in_group(
      random_stream({request.seed, unsigned_of(request.machine), unsigned_of(static_cast<int>(request.fault))},
                    Stream::order),
      request.index);
}

// The pump at its casing, faults included.
Signal render_source(const PumpClipRequest& request, double severity, std::size_t samples) {
  const Machine machine = make_machine(request.seed, request.machine);
  Random conditions_stream = stream(request, Stream::conditions);
  const Conditions conditions = draw_conditions(conditions_stream);
  const FaultCourse course = make_course(request.fault, severity, request.fault_onset, samples);
  const Motion motion = render_motion(machine, conditions, course, samples, stream(request, Stream::motion));
  Signal pump =
      render_pump(machine, conditions, course, motion,
                  {stream(request, Stream::flow), stream(request, Stream::rumble), stream(request, Stream::fault)});
  const Signal fault = render_fault(machine, course, motion, stream(request, Stream::fault));
  if (!fault.empty()) {
    const double level = rms(pump) * amplitude(fault_level_db(request.fault, severity));
    for (std::size_t i = 0; i < pump.size(); ++i)
      pump[i] += static_cast<float>(level * course.presence[i / kBlock]) * fault[i];
  }
  return pump;
}

}  // namespace

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::bearing:
      return "bearing";
    case Fault::cavitation:
      return "cavitation";
    case Fault::leak:
      return "leak";
    case Fault::clog:
      return "clog";
    case Fault::imbalance:
      return "imbalance";
    case Fault::contamination:
      return "contamination";
    case Fault::blade_damage:
      return "blade_damage";
    case Fault::belt:
      return "belt";
    case Fault::rub:
      return "rub";
    case Fault::tooth_damage:
      return "tooth_damage";
    case Fault::wear:
      return "wear";
    case Fault::misalignment:
      return "misalignment";
    case Fault::lubrication:
      return "lubrication";
  }
  return "unknown";
}

std::optional<Fault> fault_from_string(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(Fault::lubrication); ++number)
    if (name == to_string(static_cast<Fault>(number))) return static_cast<Fault>(number);
  return std::nullopt;
}

PumpClip render_pump_clip(const PumpClipRequest& request) {
  const std::size_t samples = static_cast<std::size_t>(std::llround(request.seconds * kSimulatorSampleRate)) + kPreRoll;
  const Draw drawn = draw(request);
  const double severity = request.fault == Fault::none ? 0.0 : request.severity.value_or(drawn.severity);

  const Hall hall = make_hall(request.seed, request.machine);
  const Placement placement(hall, stream(request, Stream::placement));
  const Signal pump = render_source(request, severity, samples);
  const auto background = render_background(hall, samples, stream(request, Stream::background));
  PumpClip clip = mix_clip(
      hall, placement, pump, background,
      {request.channels, request.snr_db, kLevelLow + (kLevelHigh - kLevelLow) * drawn.level, request.fault_onset});
  clip.severity = severity;
  return clip;
}

PumpClipRequest abnormal_clip(std::uint64_t seed, int machine, int i) {
  PumpClipRequest request;
  request.seed = seed;
  request.machine = machine;
  request.fault = kFaults[static_cast<std::size_t>(i) % kFaults.size()];
  request.index = i / static_cast<int>(kFaults.size());
  return request;
}

std::string pump_machine_name(int machine) {
  char name[32];
  std::snprintf(name, sizeof name, "id_%02d", 2 * machine);
  return name;
}

std::string snr_folder(double snr_db, std::string_view machine_type) {
  char name[64];
  std::snprintf(name, sizeof name, "%g_dB_", snr_db);
  return name + std::string(machine_type);
}

}  // namespace auscult
