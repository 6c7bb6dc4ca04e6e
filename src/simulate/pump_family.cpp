// Version 2's pump: the construction, mechanism and faults of version 1, run as version 2 runs its machines.
#include <algorithm>
#include <cmath>

#include "families.h"

namespace auscult::simulate {

namespace {

// Where a whole recording needs one value, it is that of its mean load.
Conditions conditions_of(const Drive& drive, const Running& running, const Deviations& deviations) {
  Conditions conditions;
  conditions.load = std::clamp(running.mean_load, 0.3, 1.1);
  conditions.line = 1.0;
  conditions.tone_db = deviations.tone_db;
  conditions.hum_db = deviations.other_db;
  conditions.flow_db = deviations.noise_db;
  conditions.rumble_db = deviations.other_db;
  conditions.body_shift = deviations.body_shift;
  conditions.body_db = body_gains(drive, running, deviations);
  conditions.flow_tilt = deviations.tilt;
  return conditions;
}

// Louder with the square of the speed, and wandering.
void follow(Signal& pump, const Running& running) {
  for (std::size_t i = 0; i < pump.size(); ++i) {
    const std::size_t block = i / kBlock;
    pump[i] *= static_cast<float>(running.speed[block] * running.speed[block] * amplitude(running.noise_db[block]));
  }
}

Moment draw_moment(Random& random) {  // a valve closes, a bubble passes
  return {0.03, random.uniform(500.0, 2500.0), random.uniform(0.8, 2.5), random.uniform(0.15, 0.6),
          random.uniform(2.0, 7.0)};
}

}  // namespace

Signal render_pump_machine(const ClipTask& task, const Drive& drive, const Deviations& deviations,
                           const ClipStreams& streams) {
  const Machine machine = make_machine(task.seed, task.machine);
  Random moment_stream = random_stream({task.seed, static_cast<std::uint64_t>(task.machine), 2}, Stream::rumble);
  const Moment moment = draw_moment(moment_stream);
  const FaultCourse& course = task.course;
  const double slip = course.fault == Fault::clog ? machine.full_load_slip : 0.0;  // of a clogged pump: twice as much
  const Running running = render_running(
      drive, task.operation, machine.synchronous_hz,
      [&](std::size_t block) { return 1.0 - slip * course.strength(block); }, task.samples, streams.motion);
  Signal pump = render_pump(machine, conditions_of(drive, running, deviations), course, running.motion,
                            {streams.flow, streams.rumble, streams.fault});
  follow(pump, running);
  add_moments(pump, moment, streams.moments);
  Signal fault = render_fault(machine, course, running.motion, streams.fault);
  if (!fault.empty()) {
    follow(fault, running);
    add_fault(pump, std::move(fault), fault_level_db(course.fault, course.severity), course);
  }
  return pump;
}

}  // namespace auscult::simulate
