// Version 2's fan: blade tones, air noise, motor, belt; and its faults.
#include <algorithm>
#include <cmath>

#include "families.h"

namespace auscult::simulate {

namespace {

struct Fan {
  double rated_hz;
  int blades;
  std::vector<Tone> blade_tones, shaft_tones;
  double blade_db, shaft_db, air_db, rumble_db, hum_db, whine_db;
  NoiseBand air, rumble;
  std::array<double, 3> hum;
  double whine_hz;  ///< of the inverter, only with variable speed
  double belt_order;
  std::vector<Resonance> body;
  Bearing bearing;
  Moment gust;
};

void draw_tones(Fan& fan, Random& random) {
  for (int k = 1; k <= 8; ++k) {
    const double blade = std::pow(k, -1.1) * amplitude(3.0 * random.normal());
    fan.blade_tones.push_back({static_cast<double>(k * fan.blades), blade});
  }
  for (int k = 1; k <= 12; ++k)
    fan.shaft_tones.push_back({static_cast<double>(k), std::pow(k, -0.7) * amplitude(3.0 * random.normal())});
  to_unit_power(fan.blade_tones);
  to_unit_power(fan.shaft_tones);
}

Fan make_fan(std::uint64_t seed, int machine) {
  Random random = random_stream({seed, static_cast<std::uint64_t>(machine)}, Stream::machine);
  Fan fan;
  fan.rated_hz = random.uniform(14.0, 32.0);
  fan.blades = random.integer(5, 11);
  draw_tones(fan, random);
  fan.blade_db = random.uniform(0.0, 5.0);
  fan.shaft_db = random.uniform(-14.0, -8.0);
  fan.air_db = random.uniform(-2.0, 2.0);
  fan.rumble_db = random.uniform(-10.0, -5.0);
  fan.hum_db = random.uniform(-16.0, -9.0);
  fan.whine_db = random.uniform(-26.0, -18.0);
  fan.air = {random.uniform(300.0, 800.0),    0.0,
             random.uniform(2500.0, 5000.0),  random.uniform(0.08, 0.18),
             static_cast<double>(fan.blades), random.uniform(0.15, 0.4)};
  fan.rumble = {random.uniform(90.0, 240.0), 0.8, 0.0, 0.0, 1.0, 0.3};
  fan.hum = {1.0, 0.5 * amplitude(3.0 * random.normal()), 0.25 * amplitude(3.0 * random.normal())};
  fan.whine_hz = random.uniform(1000.0, 2600.0);
  fan.belt_order = random.uniform(0.25, 0.45);
  fan.body = draw_body(150.0, 5500.0, random);
  fan.bearing = draw_bearing(random);
  fan.gust = {0.025, random.uniform(150.0, 600.0), 0.7, random.uniform(0.8, 2.0), random.uniform(1.0, 5.0)};
  return fan;
}

// What a fault does to the mechanism, in dB or as a share.
struct Change {
  double air_db = 0.0, blade_db = 0.0, rumble_db = 0.0, once_db = 0.0, shaft_db = 0.0;
  double swing = 0.0, blade_swing = 0.0;  ///< modulation once per revolution: of everything, of the blade tones
};

Change change_of(const FaultCourse& course, std::size_t block) {
  const double strength = course.strength(block);
  Change change;
  if (course.fault == Fault::imbalance)
    change = {.once_db = 26.0 * strength, .shaft_db = 8.0 * strength, .swing = 0.4 * strength};
  if (course.fault == Fault::blade_damage)
    change = {.air_db = 2.0 * strength,
              .blade_db = -3.0 * strength,
              .shaft_db = 14.0 * strength,
              .blade_swing = 0.9 * strength};
  if (course.fault == Fault::clog)
    change = {.air_db = -9.0 * strength, .blade_db = 6.0 * strength, .rumble_db = 6.0 * strength};
  return change;
}

double speed_factor(const FaultCourse& course, std::size_t block) {
  const double strength = course.strength(block);
  if (course.fault == Fault::clog) return 1.0 + 0.02 * strength;  // less air to move
  return course.fault == Fault::belt ? 1.0 - 0.05 * strength : 1.0;
}

// A belt that slips squeals in bursts, once per turn of the belt where it is worn; the tone follows the shaft.
Signal render_belt(const Fan& fan, const Motion& motion, Random random) {
  const double order = random.uniform(700.0, 2200.0) / fan.rated_hz, wear = random.uniform();
  Signal out(motion.turns.size());
  double phase = random.uniform(), lap = random.uniform(), grip = 0.0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) grip += -0.01 * grip + 0.1 * random.normal();
    phase += order * motion.rate[i] / kSimulatorSampleRate;
    lap += fan.belt_order * motion.rate[i] / kSimulatorSampleRate;
    const double angle = kTwoPi * (phase - std::floor(phase)), s = std::sin(angle), c = std::cos(angle);
    const double worn = std::max(0.0, std::cos(kTwoPi * (lap - wear)) - 0.2);
    const double slip = std::max(0.0, worn + 0.25 * grip);
    out[i] = static_cast<float>(slip * (s + 0.8 * s * c + 0.3 * random.noise()));
  }
  return out;
}

// A blade that touches the casing: a scrape at one angle of each revolution.
Signal render_rub(const Motion& motion, Random random) {
  const double angle = random.uniform(), width = random.uniform(0.3, 0.85);
  Resonator band(random.uniform(1800.0, 5200.0), random.uniform(0.7, 2.0)), casing(random.uniform(500.0, 1500.0), 4.0);
  Signal out(motion.turns.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double contact = std::max(0.0, std::cos(kTwoPi * (motion.turns[i] - angle)) - width) / (1.0 - width);
    const double scrape = contact * random.noise();
    out[i] = static_cast<float>(band(scrape) + 0.6 * casing(scrape));
  }
  return out;
}

void add_fan_fault(Signal& machine, const Fan& fan, const FaultCourse& course, const Motion& motion, Random random) {
  const double severity = course.severity;
  if (course.fault == Fault::bearing)
    add_fault(machine, render_bearing(fan.bearing, motion, random), between(-30.0, 4.0, severity), course);
  if (course.fault == Fault::belt)
    add_fault(machine, render_belt(fan, motion, random), between(-32.0, 2.0, severity), course);
  if (course.fault == Fault::rub) add_fault(machine, render_rub(motion, random), between(-31.0, 4.0, severity), course);
}

// The levels of a fan's sources in a block: air noise and blade tones grow with about the third power of the speed, and
// with what the fan has to move.
struct Levels {
  double blade, shaft, air, rumble, hum, swing, blade_swing;
};

Levels levels_of(const Fan& fan, const Running& running, const Deviations& deviations, const Change& change,
                 std::size_t block) {
  const double speed_db = 20.0 * std::log10(running.speed[block]);
  const double load_db = 20.0 * std::log10(std::max(0.1, running.load[block]));
  const double tone = deviations.tone_db + running.tone_db[block],
               noise = deviations.noise_db + running.noise_db[block];
  return {amplitude(fan.blade_db + tone + 2.5 * speed_db + 0.5 * load_db + change.blade_db),
          amplitude(fan.shaft_db + tone + speed_db),
          amplitude(fan.air_db + noise + 2.5 * speed_db + 0.4 * load_db + change.air_db),
          amplitude(fan.rumble_db + deviations.other_db + speed_db + change.rumble_db),
          amplitude(fan.hum_db + deviations.other_db + 0.7 * load_db),
          change.swing,
          change.blade_swing};
}

}  // namespace

Signal render_fan(const ClipTask& task, const Drive& drive, const Deviations& deviations, const ClipStreams& streams) {
  const Fan fan = make_fan(task.seed, task.machine);
  const FaultCourse& course = task.course;
  const Running running = render_running(
      drive, task.operation, fan.rated_hz, [&](std::size_t block) { return speed_factor(course, block); }, task.samples,
      streams.motion);
  const Motion& motion = running.motion;
  const Signal blades = render_tones(
      fan.blade_tones, motion, [](std::size_t, std::size_t) { return 1.0; }, streams.flow);
  const auto shaft_gain = [&](std::size_t tone, std::size_t block) {
    const Change change = change_of(course, block);
    return amplitude(tone == 0 ? change.once_db : change.shaft_db);
  };
  const Signal shaft = render_tones(fan.shaft_tones, motion, shaft_gain, streams.rumble);
  NoiseBand shaped = fan.air;
  shaped.hz *= deviations.tilt;
  const Signal air = render_noise(shaped, motion, streams.flow);
  const Signal rumble = render_noise(fan.rumble, motion, streams.rumble);
  Signal hum = render_hum(100.0, fan.hum, task.samples, streams.motion);
  if (task.operation == Operation::variable)
    add(hum, render_hum(fan.whine_hz, {0.3, 1.0, 0.3}, task.samples, streams.rumble),
        amplitude(fan.whine_db - fan.hum_db));

  Signal out(task.samples);
  Levels levels{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) levels = levels_of(fan, running, deviations, change_of(course, i / kBlock), i / kBlock);
    const double once = motion.cosine[i];
    out[i] = static_cast<float>((1.0 + levels.swing * once) *
                                    (levels.blade * (1.0 + levels.blade_swing * once) * blades[i] +
                                     levels.air * air[i] + levels.shaft * shaft[i] + levels.rumble * rumble[i]) +
                                levels.hum * hum[i]);
  }
  Signal machine = through_body(fan.body, deviations.body_shift, body_gains(drive, running, deviations), out);
  add_moments(machine, fan.gust, streams.moments);
  add_fan_fault(machine, fan, course, motion, streams.fault);
  return machine;
}

}  // namespace auscult::simulate
