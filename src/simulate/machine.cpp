#include "machine.h"

#include <cmath>

#include "filters.h"

namespace auscult::simulate {

namespace {

void draw_tones(Machine& machine, Random& random) {
  for (int k = 0; k < kHarmonics; ++k)
    machine.shaft_tones[static_cast<std::size_t>(k)] = std::pow(k + 1.0, -0.9) * amplitude(3.0 * random.normal());
  double level = 1.1 * amplitude(2.0 * random.normal());
  for (double& tone : machine.blade_tones) {
    tone = level * amplitude(2.0 * random.normal());
    level *= 0.55;
  }
  machine.hum = {1.0, 0.5 * amplitude(3.0 * random.normal()), 0.25 * amplitude(3.0 * random.normal())};
}

}  // namespace

// BPFO = n/2 (1 - d/D), BPFI = n/2 (1 + d/D) in shaft revolutions (contact angle 0).
Bearing draw_bearing(Random& random) {
  Bearing bearing;
  const int balls = random.integer(7, 10);
  const double ratio = random.uniform(0.18, 0.28);
  bearing.outer_race_order = 0.5 * balls * (1.0 - ratio);
  bearing.inner_race_order = 0.5 * balls * (1.0 + ratio);
  bearing.ring_hz = {random.uniform(1800.0, 3600.0), random.uniform(3800.0, 6400.0)};
  return bearing;
}

Machine make_machine(std::uint64_t seed, int number) {
  Random random = random_stream({seed, static_cast<std::uint64_t>(number)}, Stream::machine);
  Machine machine;
  machine.synchronous_hz = random.uniform() < 0.5 ? 25.0 : 50.0;
  machine.full_load_slip = random.uniform(0.02, 0.045);
  machine.blades = random.integer(5, 7);
  draw_tones(machine, random);
  machine.tone_db = random.uniform(-4.0, 0.0);
  machine.hum_db = random.uniform(-14.0, -7.0);
  machine.flow_db = random.uniform(-2.0, 2.0);
  machine.rumble_db = random.uniform(-9.0, -4.0);
  machine.flow_corner_hz = random.uniform(350.0, 900.0);
  machine.flow_second_hz = random.uniform(2500.0, 5000.0);
  machine.rumble_hz = random.uniform(120.0, 320.0);
  const int resonances = random.integer(4, 6);
  for (int i = 0; i < resonances; ++i) {
    const double hz = 220.0 * std::pow(6200.0 / 220.0, (i + random.uniform(0.1, 0.9)) / resonances);
    machine.body.push_back({hz, random.uniform(4.0, 16.0), amplitude(random.uniform(0.0, 9.0))});
  }
  machine.bearing = draw_bearing(random);
  return machine;
}

Conditions draw_conditions(Random& random) {
  Conditions conditions;
  conditions.load = random.uniform(0.6, 1.0);
  conditions.line = 1.0 + 0.0006 * random.normal();
  conditions.tone_db = 0.6 * random.normal();
  conditions.hum_db = 0.6 * random.normal();
  conditions.flow_db = 0.7 * random.normal();
  conditions.rumble_db = 0.6 * random.normal();
  conditions.body_shift = 1.0 + 0.012 * random.normal();
  for (double& db : conditions.body_db) db = 0.6 * random.normal();
  conditions.flow_tilt = amplitude(0.6 * random.normal());
  return conditions;
}

}  // namespace auscult::simulate
