#include "parts.h"

#include <algorithm>
#include <cmath>

namespace auscult::simulate {

namespace {

constexpr double kHighestTone = 7600.0;

// Of one tone: one complex product a sample, one angle a block.
struct Oscillator {
  double re, im;
};

}  // namespace

void to_unit_power(std::vector<Tone>& tones) {
  double power = 0.0;
  for (const Tone& tone : tones) power += 0.5 * tone.amplitude * tone.amplitude;
  for (Tone& tone : tones) tone.amplitude /= std::sqrt(power);
}

Signal render_tones(const std::vector<Tone>& tones, const Motion& motion, const ToneGain& gain, Random random) {
  Signal out(motion.turns.size());
  std::vector<Oscillator> oscillators;
  for (std::size_t t = 0; t < tones.size(); ++t) {
    const double phase = random.uniform(0.0, kTwoPi);
    oscillators.push_back({std::cos(phase), std::sin(phase)});
  }
  for (std::size_t first = 0; first < out.size(); first += kBlock) {
    const std::size_t last = std::min(out.size(), first + kBlock);
    for (std::size_t t = 0; t < tones.size(); ++t) {
      const double hz = tones[t].order * motion.rate[first];
      const double level = hz < kHighestTone ? tones[t].amplitude * gain(t, first / kBlock) : 0.0;
      const double step = kTwoPi * hz / kSimulatorSampleRate, c = std::cos(step), s = std::sin(step);
      double re = oscillators[t].re, im = oscillators[t].im;
      for (std::size_t i = first; i < last; ++i) {
        out[i] += static_cast<float>(level * im);
        const double next = re * c - im * s;
        im = re * s + im * c;
        re = next;
      }
      const double length = std::hypot(re, im);
      oscillators[t] = {re / length, im / length};
    }
  }
  return out;
}

Signal render_noise(const NoiseBand& band, const Motion& motion, Random random) {
  Signal out(motion.turns.size());
  LowPass first(band.hz), second(band.tail_hz);
  Resonator ring(band.hz, std::max(band.q, 0.1));
  double phase = random.uniform();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double white = random.noise();
    phase += band.order * motion.rate[i] / kSimulatorSampleRate;
    const double strength = band.depth > 0.0 ? 1.0 + band.depth * std::cos(kTwoPi * phase) : 1.0;
    out[i] = static_cast<float>(strength * (band.q > 0.0 ? ring(white) : first(white) + band.tail * second(white)));
  }
  normalise(out);
  return out;
}

Signal render_hum(double hz, const std::array<double, 3>& amplitudes, std::size_t samples, Random random) {
  Signal out(samples);
  const double start = random.uniform(0.0, kTwoPi), step = kTwoPi * hz / kSimulatorSampleRate;
  for (std::size_t i = 0; i < samples; ++i) {
    const double phase = start + step * static_cast<double>(i), s = std::sin(phase), c = std::cos(phase);
    out[i] =
        static_cast<float>(amplitudes[0] * s + amplitudes[1] * 2.0 * s * c + amplitudes[2] * s * (3.0 - 4.0 * s * s));
  }
  normalise(out);
  return out;
}

Deviations draw_deviations(Random& random) {
  Deviations deviations;
  deviations.tone_db = 0.08 * random.normal();
  deviations.noise_db = 0.08 * random.normal();
  deviations.other_db = 0.08 * random.normal();
  const double warmth = random.normal();
  deviations.body_shift = 1.0 + 0.003 * warmth;
  deviations.tilt = amplitude(0.2 * warmth);
  for (double& db : deviations.body_db) db = 0.05 * random.normal();
  return deviations;
}

std::array<double, 8> body_gains(const Drive& drive, const Running& running, const Deviations& deviations) {
  std::array<double, 8> gains = deviations.body_db;
  for (std::size_t r = 0; r < gains.size(); ++r) gains[r] += drive.body_db[running.state][r];
  return gains;
}

std::vector<Resonance> draw_body(double low_hz, double high_hz, Random& random) {
  std::vector<Resonance> body;
  const int resonances = random.integer(4, 6);
  for (int i = 0; i < resonances; ++i) {
    const double hz = low_hz * std::pow(high_hz / low_hz, (i + random.uniform(0.1, 0.9)) / resonances);
    const double q = random.uniform(4.0, 14.0);
    body.push_back({hz, q, amplitude(random.uniform(0.0, 9.0))});
  }
  return body;
}

void add_moments(Signal& machine, const Moment& moment, Random random) {
  const double level = rms(machine) * amplitude(moment.level_db), samples = static_cast<double>(machine.size());
  for (double at = random.exponential(moment.rate) * kSimulatorSampleRate; at < samples;
       at += random.exponential(moment.rate) * kSimulatorSampleRate) {
    const double gain = 2.0 * level * amplitude(1.5 * random.normal());
    const auto first = static_cast<std::size_t>(at);
    const auto length = static_cast<std::size_t>(moment.seconds * random.uniform(0.8, 1.2) * kSimulatorSampleRate);
    Resonator band(moment.hz, moment.q);
    for (std::size_t i = 0; i < length && first + i < machine.size(); ++i) {
      const double t = static_cast<double>(i) / static_cast<double>(length);
      machine[first + i] += static_cast<float>(gain * 6.75 * t * (1.0 - t) * (1.0 - t) * band(random.noise()));
    }
  }
}

void add_fault(Signal& machine, Signal fault, double level_db, const FaultCourse& course) {
  normalise(fault);
  const double level = rms(machine) * amplitude(level_db);
  for (std::size_t i = 0; i < machine.size(); ++i)
    machine[i] += static_cast<float>(level * course.presence[i / kBlock]) * fault[i];
}

}  // namespace auscult::simulate
