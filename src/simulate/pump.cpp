#include "simulate/pump.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "filters.h"
#include "hall.h"
#include "machine.h"
#include "pump_sound.h"
#include "random.h"

namespace auscult {

namespace {

using namespace simulate;

constexpr std::size_t kPreRoll = 12800;  // lets filters and reverberation settle before the recording starts: 0.8 s
constexpr double kOnsetSeconds = 0.5;    // time in which a fault develops
constexpr double kLevelLow = -31.5, kLevelHigh = -28.5;  // dBFS of microphone 0, pump and background together

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

// Severity and level of the i-th recording of a group (healthy, or one fault). Both are low-discrepancy sequences from
// a random start, so that a few recordings cover the range evenly. Levels come in mirrored pairs
// around the middle one: the mean level of every group is the same, however small the group.
struct Draw {
  double severity, level;  // quantiles, 0-1
};

double golden_sequence(double start, double step, int i) {
  double whole = 0.0;
  return std::modf(start + step * (i + 1), &whole);
}

Draw draw(const PumpClipRequest& request) {
  Random start = random_stream(
      {request.seed, unsigned_of(request.machine), unsigned_of(static_cast<int>(request.fault))}, Stream::order);
  const double severity = golden_sequence(start.uniform(), 0.7548776662466927, request.index);
  if (request.index == 0) return {severity, 0.5};
  const double level = golden_sequence(start.uniform(), 0.6180339887498949, (request.index - 1) / 2);
  return {severity, request.index % 2 == 1 ? level : 1.0 - level};
}

FaultCourse make_course(const PumpClipRequest& request, double severity, std::size_t samples) {
  FaultCourse course;
  course.fault = request.fault;
  course.severity = severity;
  course.presence.resize(samples / kBlock + 1);
  for (std::size_t block = 0; block < course.presence.size(); ++block) {
    const double seconds = (static_cast<double>(block * kBlock) - static_cast<double>(kPreRoll)) / kSimulatorSampleRate;
    course.presence[block] =
        request.fault_onset <= 0.0 ? 1.0 : std::clamp((seconds - request.fault_onset) / kOnsetSeconds, 0.0, 1.0);
  }
  return course;
}

// The pump at its casing, faults included.
Signal render_source(const PumpClipRequest& request, double severity, std::size_t samples) {
  const Machine machine = make_machine(request.seed, request.machine);
  Random conditions_stream = stream(request, Stream::conditions);
  const Conditions conditions = draw_conditions(conditions_stream);
  const FaultCourse course = make_course(request, severity, samples);
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

// The part that determines a recording's levels: all of it, or the part before the fault.
std::span<const float> reference_part(const Signal& signal, const PumpClipRequest& request) {
  std::span<const float> part(signal);
  part = part.subspan(kPreRoll);
  if (request.fault_onset > 0.0)
    part = part.first(
        std::min(part.size(), static_cast<std::size_t>(std::max(0.5, request.fault_onset) * kSimulatorSampleRate)));
  return part;
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
  }
  return "unknown";
}

std::optional<Fault> fault_from_string(std::string_view name) {
  for (const Fault fault : kFaults)
    if (name == to_string(fault)) return fault;
  return name == "none" ? std::optional(Fault::none) : std::nullopt;
}

PumpClip render_pump_clip(const PumpClipRequest& request) {
  const auto frames = static_cast<std::size_t>(std::llround(request.seconds * kSimulatorSampleRate));
  const std::size_t samples = frames + kPreRoll;
  const Draw drawn = draw(request);
  const double severity = request.fault == Fault::none ? 0.0 : request.severity.value_or(drawn.severity);

  const Hall hall = make_hall(request.seed, request.machine);
  const Placement placement(hall, stream(request, Stream::placement));
  const Signal pump = render_source(request, severity, samples);
  const Signal dulled = dull(pump, hall.absorption_hz);
  const auto pump_reverb = render_reverb(dulled, hall.reverb_seconds, hall.absorption_hz);
  const auto background = render_background(hall, samples, stream(request, Stream::background));
  Signal far(samples);
  for (const Signal& direction : background) add(far, direction, 1.0);
  const auto far_reverb = render_reverb(dull(far, hall.absorption_hz), hall.reverb_seconds, hall.absorption_hz);

  PumpClip clip;
  clip.channels = request.channels;
  clip.severity = severity;
  clip.interleaved.resize(frames * static_cast<std::size_t>(request.channels));
  double background_gain = 0.0, total_gain = 0.0;
  for (int m = 0; m < request.channels; ++m) {
    Signal mix = placement.hear_pump(pump, dulled, pump_reverb, m);
    const Signal rest = placement.hear_background(background, far_reverb, m);
    if (m == 0) {  // SNR and level are set at microphone 0; the other microphones get the same gains
      background_gain =
          rms(reference_part(mix, request)) / rms(reference_part(rest, request)) * amplitude(-request.snr_db);
      add(mix, rest, background_gain);
      total_gain = amplitude(kLevelLow + (kLevelHigh - kLevelLow) * drawn.level) / rms(reference_part(mix, request));
    } else {
      add(mix, rest, background_gain);
    }
    for (std::size_t i = 0; i < frames; ++i)
      clip.interleaved[i * static_cast<std::size_t>(request.channels) + static_cast<std::size_t>(m)] =
          static_cast<float>(total_gain) * mix[i + kPreRoll];
  }
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

std::string pump_snr_folder(double snr_db) {
  char name[64];
  std::snprintf(name, sizeof name, "%g_dB_pump", snr_db);
  return name;
}

}  // namespace auscult
