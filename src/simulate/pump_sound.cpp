#include "pump_sound.h"

#include <algorithm>
#include <cmath>

namespace auscult::simulate {

namespace {

// How faults modify the mechanism itself, at a strength of 0-1.
double clog_flow_db(double strength) {
  return -7.0 * strength;
}
double clog_blade_db(double strength) {
  return 7.0 * strength;
}
double clog_hum_db(double strength) {
  return 4.0 * strength;
}
double clog_slip(double strength) {
  return 1.0 + 1.0 * strength;
}
double imbalance_db(double strength) {
  return 18.0 * strength;
}

struct ToneGains {
  double blade = 1.0, once = 1.0, twice = 1.0, loose = 1.0;
};

ToneGains tone_gains(const FaultCourse& course, std::size_t block) {
  ToneGains gains;
  const double strength = course.strength(block);
  if (course.fault == Fault::clog) gains.blade = amplitude(clog_blade_db(strength));
  if (course.fault == Fault::imbalance) {
    gains.once = amplitude(imbalance_db(strength));
    gains.twice = amplitude(0.6 * imbalance_db(strength));
    gains.loose = amplitude(0.15 * imbalance_db(strength));
  }
  if (course.fault == Fault::cavitation)
    gains.blade = amplitude(-2.0 * strength);  // vapor reduces the pressure on the blades
  return gains;
}

// Shaft and blade-pass harmonics: powers of e^(i phase), one complex product each.
Signal render_tones(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                    const Motion& motion) {
  double power = 0.0;
  std::array<double, kHarmonics> healthy = machine.shaft_tones;
  const double load_blade = 0.7 + 0.5 * conditions.load;
  for (std::size_t k = 0; k < machine.blade_tones.size(); ++k) {
    const std::size_t order = (k + 1) * static_cast<std::size_t>(machine.blades);
    if (order <= kHarmonics) healthy[order - 1] += load_blade * machine.blade_tones[k];
  }
  for (const double a : healthy) power += 0.5 * a * a;
  const double unit = 1.0 / std::sqrt(power);

  Signal out(motion.turns.size());
  std::array<float, kHarmonics> gains{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) {
      const ToneGains change = tone_gains(course, i / kBlock);
      for (std::size_t k = 0; k < kHarmonics; ++k) gains[k] = static_cast<float>(unit * healthy[k] * change.loose);
      gains[0] = static_cast<float>(unit * healthy[0] * change.once);
      gains[1] = static_cast<float>(unit * healthy[1] * change.twice);
      for (std::size_t k = 0; k < machine.blade_tones.size(); ++k) {
        const std::size_t order = (k + 1) * static_cast<std::size_t>(machine.blades);
        if (order <= kHarmonics) gains[order - 1] *= static_cast<float>(change.blade);
      }
    }
    const float c = motion.cosine[i], s = motion.sine[i];
    float re = c, im = s, sum = 0.0F;
    for (std::size_t k = 0; k < kHarmonics; ++k) {
      sum += gains[k] * ((k & 1) ? re : im);
      const float next = re * c - im * s;
      im = re * s + im * c;
      re = next;
    }
    out[i] = sum;
  }
  return out;
}

Signal render_hum(const Machine& machine, const Conditions& conditions, std::size_t samples) {
  Signal out(samples);
  const double step = kTwoPi * 100.0 * conditions.line / kSimulatorSampleRate;
  for (std::size_t i = 0; i < samples; ++i) {
    const double s = std::sin(step * static_cast<double>(i)), c = std::cos(step * static_cast<double>(i));
    out[i] = static_cast<float>(machine.hum[0] * s + machine.hum[1] * 2.0 * s * c +
                                machine.hum[2] * s * (3.0 - 4.0 * s * s));
  }
  normalise(out);
  return out;
}

// Turbulence: noise with two corner frequencies, modulated by the passing blades. More flow shifts its energy upwards.
Signal render_flow(const Machine& machine, const Conditions& conditions, const Motion& motion, Random& random) {
  Signal out(motion.turns.size());
  LowPass first(machine.flow_corner_hz * conditions.flow_tilt * (0.6 + 0.5 * conditions.load)),
      second(machine.flow_second_hz);
  const double blades = machine.blades;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double white = random.noise();
    const double breath = 1.0 + 0.3 * std::cos(kTwoPi * blades * motion.turns[i]);
    out[i] = static_cast<float>(breath * (first(white) + 0.12 * second(white)));
  }
  normalise(out);
  return out;
}

Signal render_rumble(const Machine& machine, const Motion& motion, Random& random) {
  Signal out(motion.turns.size());
  Resonator band(machine.rumble_hz, 0.8);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(band(random.noise()) * (1.0 + 0.35 * motion.cosine[i]));
  normalise(out);
  return out;
}

}  // namespace

Signal through_body(const std::vector<Resonance>& body, double shift, std::span<const double> gains_db,
                    const Signal& excitation) {
  Signal out(excitation);
  for (std::size_t r = 0; r < body.size(); ++r) {
    Resonator filter(body[r].hz * shift, body[r].q);
    const double gain = body[r].gain * amplitude(gains_db[r]);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += static_cast<float>(gain * filter(excitation[i]));
  }
  return out;
}

Motion render_motion(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                     std::size_t samples, Random random) {
  Motion motion;
  motion.turns.resize(samples);
  motion.cosine.resize(samples);
  motion.sine.resize(samples);
  motion.rate.resize(samples);
  double turns = random.uniform(), wander = 0.0, hz = 0.0;
  for (std::size_t i = 0; i < samples; ++i) {
    if (i % kBlock == 0) {
      // The load varies around its mean within seconds; slip follows the load.
      wander += -0.004 * wander + 0.0065 * random.normal();
      double slip = machine.full_load_slip * conditions.load * (1.0 + wander);
      if (course.fault == Fault::clog) slip *= clog_slip(course.strength(i / kBlock));
      hz = machine.synchronous_hz * conditions.line * (1.0 - slip);
    }
    turns += hz / kSimulatorSampleRate;
    if (turns >= 64.0) turns -= 64.0;
    const double phase = kTwoPi * turns;
    motion.turns[i] = static_cast<float>(turns);
    motion.cosine[i] = static_cast<float>(std::cos(phase));
    motion.sine[i] = static_cast<float>(std::sin(phase));
    motion.rate[i] = static_cast<float>(hz);
  }
  return motion;
}

Signal render_pump(const Machine& machine, const Conditions& conditions, const FaultCourse& course,
                   const Motion& motion, SoundStreams streams) {
  const Signal tones = render_tones(machine, conditions, course, motion);
  const Signal hum = render_hum(machine, conditions, tones.size());
  const Signal flow = render_flow(machine, conditions, motion, streams.flow);
  const Signal rumble = render_rumble(machine, motion, streams.rumble);

  // Flow noise grows with about the third power of the flow, the motor's hum with its current.
  const double load_db = 20.0 * std::log10(conditions.load);
  const double tone = amplitude(machine.tone_db + conditions.tone_db);
  const double hum_gain = amplitude(machine.hum_db + conditions.hum_db + 0.7 * load_db);
  const double flow_gain = amplitude(machine.flow_db + conditions.flow_db + 1.5 * load_db);
  const double rumble_gain = amplitude(machine.rumble_db + conditions.rumble_db);
  const bool clogged = course.fault == Fault::clog, unbalanced = course.fault == Fault::imbalance;

  Signal out(tones.size());
  double flow_change = 1.0, hum_change = 1.0, swing = 0.0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) {
      const double strength = course.strength(i / kBlock);
      flow_change = clogged ? amplitude(clog_flow_db(strength)) : 1.0;
      hum_change = clogged ? amplitude(clog_hum_db(strength)) : 1.0;
      swing = unbalanced ? 0.5 * strength : 0.0;
    }
    const double modulation =
        1.0 + swing * motion.cosine[i];  // a whirling shaft opens and closes the gaps once per revolution
    out[i] = static_cast<float>(modulation * (tone * tones[i] + flow_gain * flow_change * flow[i]) +
                                rumble_gain * modulation * rumble[i] + hum_gain * hum_change * hum[i]);
  }
  return through_body(machine.body, conditions.body_shift, conditions.body_db, out);
}

}  // namespace auscult::simulate
