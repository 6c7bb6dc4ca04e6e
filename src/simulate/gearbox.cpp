// Version 2's gearbox: two stages of meshing teeth with sidebands, three shafts, oil, motor; and its faults.
#include <algorithm>
#include <cmath>

#include "families.h"

namespace auscult::simulate {

namespace {

// Orders are relative to the input shaft.
struct Gearbox {
  double rated_hz;
  double first_ratio, second_ratio;  ///< speeds of the second and third shaft
  double first_mesh, second_mesh;    ///< orders of the meshing teeth
  std::vector<Tone> mesh_tones, shaft_tones;
  std::vector<int> mesh_harmonic;  ///< 1, 2, ...: of the mesh tones; 0: a sideband
  double mesh_db, shaft_db, oil_db, rumble_db, hum_db;
  NoiseBand oil, rumble;
  std::array<double, 3> hum;
  std::array<double, 2> tooth_ring_hz;
  std::vector<Resonance> body;
  Bearing bearing;
  Moment clack;
};

// Each mesh harmonic has sidebands at the speeds of its two shafts: no gear is perfectly round.
void draw_mesh(Gearbox& gearbox, double order, double left, double right, double level, Random& random) {
  for (int k = 1; k <= 6; ++k) {
    const double strength = level * std::pow(k, -0.9) * amplitude(3.0 * random.normal());
    gearbox.mesh_tones.push_back({k * order, strength});
    gearbox.mesh_harmonic.push_back(k);
    for (const double side : {-left, left, -right, right}) {
      gearbox.mesh_tones.push_back({k * order + side, strength * random.uniform(0.08, 0.3)});
      gearbox.mesh_harmonic.push_back(0);
    }
  }
}

void draw_wheels(Gearbox& gearbox, Random& random) {
  const int first = random.integer(17, 29), second = random.integer(38, 71);
  const int third = random.integer(17, 25), fourth = random.integer(38, 67);
  gearbox.first_ratio = static_cast<double>(first) / second;
  gearbox.second_ratio = gearbox.first_ratio * third / fourth;
  gearbox.first_mesh = first;
  gearbox.second_mesh = gearbox.first_ratio * third;
  draw_mesh(gearbox, gearbox.first_mesh, 1.0, gearbox.first_ratio, 1.0, random);
  draw_mesh(gearbox, gearbox.second_mesh, gearbox.first_ratio, gearbox.second_ratio, random.uniform(0.4, 0.9), random);
  for (const double shaft : {1.0, gearbox.first_ratio, gearbox.second_ratio})
    for (int k = 1; k <= 4; ++k)
      gearbox.shaft_tones.push_back({k * shaft, std::pow(k, -0.7) * amplitude(3.0 * random.normal())});
  to_unit_power(gearbox.mesh_tones);
  to_unit_power(gearbox.shaft_tones);
}

Gearbox make_gearbox(std::uint64_t seed, int machine) {
  Random random = random_stream({seed, static_cast<std::uint64_t>(machine)}, Stream::machine);
  Gearbox gearbox;
  gearbox.rated_hz = random.uniform(16.0, 30.0);
  draw_wheels(gearbox, random);
  gearbox.mesh_db = random.uniform(1.0, 5.0);
  gearbox.shaft_db = random.uniform(-14.0, -8.0);
  gearbox.oil_db = random.uniform(-4.0, 0.0);
  gearbox.rumble_db = random.uniform(-10.0, -5.0);
  gearbox.hum_db = random.uniform(-16.0, -9.0);
  gearbox.oil = {random.uniform(500.0, 1300.0),
                 0.0,
                 random.uniform(3000.0, 6000.0),
                 random.uniform(0.06, 0.15),
                 gearbox.first_ratio,
                 random.uniform(0.1, 0.35)};
  gearbox.rumble = {random.uniform(120.0, 320.0), 0.8, 0.0, 0.0, 1.0, 0.3};
  gearbox.hum = {1.0, 0.5 * amplitude(3.0 * random.normal()), 0.25 * amplitude(3.0 * random.normal())};
  gearbox.tooth_ring_hz = {random.uniform(900.0, 2400.0), random.uniform(2600.0, 5600.0)};
  gearbox.body = draw_body(250.0, 6200.0, random);
  gearbox.bearing = draw_bearing(random);
  gearbox.clack = {0.04, random.uniform(700.0, 2500.0), random.uniform(1.5, 4.0), random.uniform(0.08, 0.25),
                   random.uniform(4.0, 9.0)};
  return gearbox;
}

// What a fault does to the mechanism, in dB or as a share.
struct Change {
  double harmonics_db = 0.0, side_db = 0.0, shaft_db = 0.0, oil_db = 0.0;
  double twice = 0.0;  ///< modulation of the mesh twice per revolution
};

Change change_of(const FaultCourse& course, std::size_t block) {
  const double strength = course.strength(block);
  Change change;
  if (course.fault == Fault::wear)
    change = {.harmonics_db = 14.0 * strength, .side_db = 14.0 * strength, .oil_db = 2.0 * strength};
  if (course.fault == Fault::misalignment)
    change = {.side_db = 9.0 * strength, .shaft_db = 20.0 * strength, .twice = 0.8 * strength};
  if (course.fault == Fault::tooth_damage) change = {.side_db = 6.0 * strength};
  if (course.fault == Fault::lubrication) change = {.harmonics_db = 3.0 * strength, .oil_db = -6.0 * strength};
  return change;
}

// A chipped tooth strikes once per revolution of its wheel.
Signal render_tooth(const Gearbox& gearbox, const Motion& motion, Random random) {
  const double order = random.uniform() < 0.5 ? 1.0 : gearbox.first_ratio, low_share = random.uniform(0.4, 1.0);
  Resonator low(gearbox.tooth_ring_hz[0], random.uniform(5.0, 12.0)),
      high(gearbox.tooth_ring_hz[1], random.uniform(5.0, 12.0));
  Signal out(motion.turns.size());
  double until_hit = random.uniform();
  for (std::size_t i = 0; i < out.size(); ++i) {
    until_hit -= order * motion.rate[i] / kSimulatorSampleRate;
    double hit = 0.0;
    if (until_hit <= 0.0) {
      until_hit += 1.0;
      hit = 1.0 + 0.2 * random.normal();
    }
    out[i] = static_cast<float>(low_share * low(hit) + high(hit));
  }
  return out;
}

// Flanks that run dry: rough noise as teeth slide on each other.
Signal render_dry(const Gearbox& gearbox, const Motion& motion, Random random) {
  const NoiseBand flanks = {random.uniform(2000.0, 5500.0), random.uniform(0.6, 1.8), 0.0, 0.0, gearbox.second_mesh,
                            random.uniform(0.3, 0.9)};
  return render_noise(flanks, motion, random);
}

void add_gearbox_fault(Signal& machine, const Gearbox& gearbox, const FaultCourse& course, const Motion& motion,
                       Random random) {
  const double severity = course.severity;
  if (course.fault == Fault::bearing)
    add_fault(machine, render_bearing(gearbox.bearing, motion, random), between(-30.0, 4.0, severity), course);
  if (course.fault == Fault::tooth_damage)
    add_fault(machine, render_tooth(gearbox, motion, random), between(-30.0, 4.0, severity), course);
  if (course.fault == Fault::lubrication)
    add_fault(machine, render_dry(gearbox, motion, random), between(-31.0, 4.0, severity), course);
}

// Teeth are louder under load, oil with speed.
struct Levels {
  double mesh, shaft, oil, rumble, hum, twice;
};

Levels levels_of(const Gearbox& gearbox, const Running& running, const Deviations& deviations, const Change& change,
                 std::size_t block) {
  const double speed_db = 20.0 * std::log10(running.speed[block]);
  const double load_db = 20.0 * std::log10(std::max(0.1, running.load[block]));
  const double tone = deviations.tone_db + running.tone_db[block],
               noise = deviations.noise_db + running.noise_db[block];
  return {amplitude(gearbox.mesh_db + tone + speed_db + 0.8 * load_db),
          amplitude(gearbox.shaft_db + tone + speed_db),
          amplitude(gearbox.oil_db + noise + 1.5 * speed_db + change.oil_db),
          amplitude(gearbox.rumble_db + deviations.other_db + speed_db),
          amplitude(gearbox.hum_db + deviations.other_db + 0.7 * load_db),
          change.twice};
}

}  // namespace

Signal render_gearbox(const ClipTask& task, const Drive& drive, const Deviations& deviations,
                      const ClipStreams& streams) {
  const Gearbox gearbox = make_gearbox(task.seed, task.machine);
  const FaultCourse& course = task.course;
  const Running running = render_running(
      drive, task.operation, gearbox.rated_hz, [](std::size_t) { return 1.0; }, task.samples, streams.motion);
  const Motion& motion = running.motion;
  const auto mesh_gain = [&](std::size_t tone, std::size_t block) {
    const Change change = change_of(course, block);
    const int harmonic = gearbox.mesh_harmonic[tone];
    return amplitude(harmonic == 0 ? change.side_db : harmonic >= 2 ? change.harmonics_db : 0.0);
  };
  const Signal mesh = render_tones(gearbox.mesh_tones, motion, mesh_gain, streams.flow);
  const auto shaft_gain = [&](std::size_t tone, std::size_t block) {
    return amplitude(tone < 2 ? change_of(course, block).shaft_db : 0.0);  // 1x and 2x of the input shaft
  };
  const Signal shaft = render_tones(gearbox.shaft_tones, motion, shaft_gain, streams.rumble);
  NoiseBand shaped = gearbox.oil;
  shaped.hz *= deviations.tilt;
  const Signal oil = render_noise(shaped, motion, streams.flow);
  const Signal rumble = render_noise(gearbox.rumble, motion, streams.rumble);
  const Signal hum = render_hum(100.0, gearbox.hum, task.samples, streams.motion);

  Signal out(task.samples);
  Levels levels{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % kBlock == 0) levels = levels_of(gearbox, running, deviations, change_of(course, i / kBlock), i / kBlock);
    const double twice = 2.0 * motion.cosine[i] * motion.cosine[i] - 1.0;
    out[i] = static_cast<float>(levels.mesh * (1.0 + levels.twice * twice) * mesh[i] + levels.shaft * shaft[i] +
                                levels.oil * oil[i] + levels.rumble * rumble[i] + levels.hum * hum[i]);
  }
  Signal machine = through_body(gearbox.body, deviations.body_shift, body_gains(drive, running, deviations), out);
  add_moments(machine, gearbox.clack, streams.moments);
  add_gearbox_fault(machine, gearbox, course, motion, streams.fault);
  return machine;
}

}  // namespace auscult::simulate
