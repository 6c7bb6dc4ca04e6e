#include "mixing.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace auscult::simulate {

namespace {

constexpr double kOnsetSeconds = 0.5;  // time in which a fault develops

double golden_sequence(double start, double step, int i) {
  double whole = 0.0;
  return std::modf(start + step * (i + 1), &whole);
}

// The part that determines a recording's levels: all of it, or the part before the fault.
std::span<const float> reference_part(const Signal& signal, double fault_onset) {
  std::span<const float> part(signal);
  part = part.subspan(kPreRoll);
  if (fault_onset > 0.0)
    part =
        part.first(std::min(part.size(), static_cast<std::size_t>(std::max(0.5, fault_onset) * kSimulatorSampleRate)));
  return part;
}

}  // namespace

Draw draw_in_group(Random start, int index) {
  const double severity = golden_sequence(start.uniform(), 0.7548776662466927, index);
  if (index == 0) return {severity, 0.5};
  const double level = golden_sequence(start.uniform(), 0.6180339887498949, (index - 1) / 2);
  return {severity, index % 2 == 1 ? level : 1.0 - level};
}

FaultCourse make_course(Fault fault, double severity, double onset, std::size_t samples) {
  FaultCourse course;
  course.fault = fault;
  course.severity = severity;
  course.presence.resize(samples / kBlock + 1);
  for (std::size_t block = 0; block < course.presence.size(); ++block) {
    const double seconds = (static_cast<double>(block * kBlock) - static_cast<double>(kPreRoll)) / kSimulatorSampleRate;
    course.presence[block] = onset <= 0.0 ? 1.0 : std::clamp((seconds - onset) / kOnsetSeconds, 0.0, 1.0);
  }
  return course;
}

PumpClip mix_clip(const Hall& hall, const Placement& placement, const Signal& machine,
                  const std::array<Signal, kDirections>& background, const MixOptions& options) {
  const std::size_t samples = machine.size(), frames = samples - kPreRoll;
  const Signal dulled = dull(machine, hall.absorption_hz);
  const auto reverb = render_reverb(dulled, hall.reverb_seconds, hall.absorption_hz);
  Signal far(samples);
  for (const Signal& direction : background) add(far, direction, 1.0);
  const auto far_reverb = render_reverb(dull(far, hall.absorption_hz), hall.reverb_seconds, hall.absorption_hz);

  PumpClip clip;
  clip.channels = options.channels;
  clip.interleaved.resize(frames * static_cast<std::size_t>(options.channels));
  double background_gain = 0.0, total_gain = 0.0;
  for (int m = 0; m < options.channels; ++m) {
    Signal mix = placement.hear_pump(machine, dulled, reverb, m);
    const Signal rest = placement.hear_background(background, far_reverb, m);
    if (m == 0) {  // SNR and level are set at microphone 0; the other microphones get the same gains
      background_gain = rms(reference_part(mix, options.fault_onset)) / rms(reference_part(rest, options.fault_onset)) *
                        amplitude(-options.snr_db);
      add(mix, rest, background_gain);
      total_gain = amplitude(options.level_dbfs) / rms(reference_part(mix, options.fault_onset));
    } else {
      add(mix, rest, background_gain);
    }
    for (std::size_t i = 0; i < frames; ++i)
      clip.interleaved[i * static_cast<std::size_t>(options.channels) + static_cast<std::size_t>(m)] =
          static_cast<float>(total_gain) * mix[i + kPreRoll];
  }
  return clip;
}

}  // namespace auscult::simulate
