// The sound that each fault adds to the pump: separate sources, driven by the shaft's motion.
#include <algorithm>
#include <cmath>

#include "pump_sound.h"

namespace auscult::simulate {

namespace {

// The housing's resonance, slightly shifted by temperature and load.
Resonator draw_ring(double hz, Random& random) {
  const double shift = random.uniform(0.95, 1.05);
  const double q = random.uniform(7.0, 14.0);
  return {hz * shift, q};
}

// Vapour bubbles collapse at random times, mostly where a blade's suction side passes: very short pulses of widely
// varying strength, filtered by the liquid and the casing.
Signal render_cavitation(const Machine& machine, const Motion& motion, Random& random) {
  const double rate = 400.0 * std::pow(10.0, random.uniform());  // collapses per second
  const double depth = random.uniform(0.4, 0.9);
  Resonator lower(random.uniform(900.0, 2200.0), 0.8), upper(random.uniform(2600.0, 5600.0), 0.6);
  Signal out(motion.turns.size());
  double gust = 0.0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) gust += -0.02 * gust + 0.08 * random.normal();
    const double blade = std::cos(kTwoPi * machine.blades * motion.turns[i]);
    const double density = rate * std::exp(0.8 * gust) * (1.0 + depth * (0.5 * blade + 0.5 * motion.cosine[i]));
    double pulse = 0.0;
    if (random.uniform() * kSimulatorSampleRate < density) {
      pulse = std::exp(0.9 * random.normal());
      if (random.uniform() < 0.5) pulse = -pulse;
    }
    out[i] = static_cast<float>(lower(pulse) + 1.4 * upper(pulse));
  }
  return out;
}

// A jet through a hole: noise around a frequency that depends on the hole's width and the pressure.
Signal render_leak(const Motion& motion, Random& random) {
  const double hz = random.uniform(1500.0, 6500.0), q = std::pow(10.0, random.uniform(-0.15, 0.75));
  Resonator first(hz, q), second(hz * random.uniform(0.8, 1.25), q);
  Signal out(motion.turns.size());
  double flutter = 0.0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) flutter += -0.03 * flutter + 0.02 * random.normal();
    out[i] = static_cast<float>((1.0 + flutter) * second(first(random.noise())));
  }
  return out;
}

// Grit in the liquid strikes the casing at irregular times, and rubs once per revolution where it is caught in a gap.
Signal render_contamination(const Machine& machine, const Motion& motion, Random& random) {
  const double rate = 6.0 * std::pow(10.0, random.uniform());  // impacts per second
  const double rub_share = random.uniform(0.1, 0.5), rub_angle = random.uniform();
  const Resonance& casing = machine.body[machine.body.size() / 2 + static_cast<std::size_t>(random.integer(0, 1))];
  const double hard_hz = random.uniform(2200.0, 6000.0), hard_q = random.uniform(3.0, 9.0);
  Resonator ring(casing.hz, casing.q), hard(hard_hz, hard_q), rub_band(random.uniform(1200.0, 3500.0), 0.9);
  Signal impacts(motion.turns.size()), rub(motion.turns.size());
  double burst = 0.0;
  for (std::size_t i = 0; i < impacts.size(); ++i) {
    double hit = 0.0;
    if (random.uniform() * kSimulatorSampleRate < rate) {
      hit = std::exp(0.9 * random.normal());
      burst = std::max(burst, 0.25 * hit);
    }
    burst *= 0.997;  // a grain grinds for about 20 ms
    impacts[i] = static_cast<float>(hard(hit + burst * random.noise()) + 0.7 * ring(hit));
    const double angle = std::cos(kTwoPi * (motion.turns[i] - rub_angle));
    rub[i] = static_cast<float>(rub_band(random.noise()) * std::max(0.0, angle - 0.3));
  }
  normalise(impacts);
  normalise(rub);
  add(impacts, rub, rub_share);
  return impacts;
}

}  // namespace

// Each ball that passes a pit on a race causes an impact that excites the housing; balls slip by about one percent.
// An inner race rotates with the shaft, in and out of the loaded zone.
Signal render_bearing(const Bearing& bearing, const Motion& motion, Random& random) {
  const bool inner = random.uniform() < 0.5;
  const double order = inner ? bearing.inner_race_order : bearing.outer_race_order;
  const double low_share = random.uniform(0.3, 1.0), high_share = random.uniform(0.3, 1.0);
  Resonator low = draw_ring(bearing.ring_hz[0], random), high = draw_ring(bearing.ring_hz[1], random);
  Signal out(motion.turns.size());
  double until_hit = random.uniform();
  for (std::size_t i = 0; i < out.size(); ++i) {
    until_hit -= order * motion.rate[i] / kSimulatorSampleRate;
    double hit = 0.0;
    if (until_hit <= 0.0) {
      until_hit += 1.0 + 0.015 * random.normal();
      hit = (1.0 + 0.25 * random.normal()) * (inner ? 0.55 + 0.45 * motion.cosine[i] : 1.0);
    }
    out[i] = static_cast<float>(low_share * low(hit) + high_share * high(hit));
  }
  return out;
}

Signal render_fault(const Machine& machine, const FaultCourse& course, const Motion& motion, Random random) {
  Signal out;
  switch (course.fault) {
    case Fault::bearing:
      out = render_bearing(machine.bearing, motion, random);
      break;
    case Fault::cavitation:
      out = render_cavitation(machine, motion, random);
      break;
    case Fault::leak:
      out = render_leak(motion, random);
      break;
    case Fault::contamination:
      out = render_contamination(machine, motion, random);
      break;
    default:
      return out;  // the others only modify the mechanism
  }
  normalise(out);
  return out;
}

double fault_level_db(Fault fault, double severity) {
  struct Range {
    double low, high;
  };
  Range range{-40.0, -40.0};
  switch (fault) {
    case Fault::bearing:
      range = {-25.0, -3.0};
      break;
    case Fault::cavitation:
      range = {-22.0, -1.0};
      break;
    case Fault::leak:
      range = {-25.0, -3.0};
      break;
    case Fault::contamination:
      range = {-30.0, -6.0};
      break;
    default:
      break;
  }
  return range.low + (range.high - range.low) * severity;
}

}  // namespace auscult::simulate
