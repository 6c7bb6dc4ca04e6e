#include "drive.h"

#include <algorithm>
#include <cmath>

namespace auscult::simulate {

namespace {

constexpr double kBlockSeconds = static_cast<double>(kBlock) / kSimulatorSampleRate;
constexpr double kSteadyDwell = 60.0, kVariableDwell = 40.0;  // mean seconds in one state
constexpr double kSpeedRange = 0.004;                         // of a state's speed on an inverter, to both sides
constexpr double kLoadSeconds = 0.5;                          // time constant of a change of load

// A value that wanders around 0 (Ornstein-Uhlenbeck) with a standard deviation of 1.
class Wander {
 public:
  Wander(double seconds, Random& random)
      : keep_(std::exp(-kBlockSeconds / seconds)), kick_(std::sqrt(1.0 - keep_ * keep_)), value_(random.normal()) {}
  double next(Random& random) { return value_ = keep_ * value_ + kick_ * random.normal(); }

 private:
  double keep_, kick_, value_;
};

// Speed and load, block by block.
class Governor {
 public:
  Governor(const Drive& drive, Operation operation, Random random)
      : states_(operation == Operation::steady ? drive.steady : drive.variable),
        dwell_(operation == Operation::steady ? kSteadyDwell : kVariableDwell),
        ramp_(drive.ramp),
        random_(random),
        range_(operation == Operation::steady ? 0.0 : kSpeedRange),
        state_(choose_state(states_, random_)),
        target_(states_[state_].speed + range_ * random_.uniform(-1.0, 1.0)),
        until_change_(random_.exponential(1.0 / dwell_)),
        speed_(target_),
        load_(states_[state_].load),
        unrest_(states_[state_].unrest) {}
  void next() {
    until_change_ -= kBlockSeconds;
    if (until_change_ <= 0.0) {
      state_ = choose_state(states_, random_);
      target_ = states_[state_].speed + range_ * random_.uniform(-1.0, 1.0);
      until_change_ = random_.exponential(1.0 / dwell_);
    }
    const double most = ramp_ * kBlockSeconds;
    speed_ += std::clamp(target_ - speed_, -most, most);
    load_ += (states_[state_].load - load_) * kBlockSeconds / kLoadSeconds;
    unrest_ += (states_[state_].unrest - unrest_) * kBlockSeconds / kLoadSeconds;
  }
  std::size_t state() const { return state_; }
  double speed() const { return speed_; }
  double load() const { return load_; }
  double unrest() const { return unrest_; }

 private:
  const std::array<DriveState, kDriveStates>& states_;
  double dwell_, ramp_;
  Random random_;
  double range_;
  std::size_t state_;
  double target_, until_change_, speed_, load_, unrest_;
};

void turn(Motion& motion, std::size_t first, std::size_t last, double hz, double& turns) {
  for (std::size_t i = first; i < last; ++i) {
    turns += hz / kSimulatorSampleRate;
    if (turns >= 64.0) turns -= 64.0;
    const double phase = kTwoPi * turns;
    motion.turns[i] = static_cast<float>(turns);
    motion.cosine[i] = static_cast<float>(std::cos(phase));
    motion.sine[i] = static_cast<float>(std::sin(phase));
    motion.rate[i] = static_cast<float>(hz);
  }
}

}  // namespace

std::size_t choose_state(const std::array<DriveState, kDriveStates>& states, Random& random) {
  double at = random.uniform();
  for (std::size_t s = 0; s + 1 < states.size(); ++s) {
    if (at < states[s].share) return s;
    at -= states[s].share;
  }
  return states.size() - 1;
}

Drive draw_drive(Random& random) {
  Drive drive;
  constexpr std::array<double, kDriveStates> kShares = {0.5, 0.27, 0.17, 0.06}, kUnrest = {0.5, 0.5, 1.0, 3.0};
  const double slip = random.uniform(0.02, 0.045);
  const std::array<double, kDriveStates> loads = {random.uniform(0.85, 1.0), random.uniform(0.65, 0.75),
                                                  random.uniform(0.45, 0.55), random.uniform(0.25, 0.35)};
  for (std::size_t s = 0; s < kDriveStates; ++s)
    drive.steady[s] = {1.0 - slip * loads[s], loads[s], kShares[s], kUnrest[s]};
  const std::array<double, kDriveStates> speeds = {random.uniform(0.95, 1.05), random.uniform(0.78, 0.88),
                                                   random.uniform(0.6, 0.72), random.uniform(0.45, 0.55)};
  for (std::size_t s = 0; s < kDriveStates; ++s)
    drive.variable[s] = {speeds[s], std::pow(speeds[s], 1.5) * random.uniform(0.85, 1.1), kShares[s], kUnrest[s]};
  for (auto& state : drive.body_db)
    for (double& db : state) db = 2.0 * random.normal();
  drive.ramp = random.uniform(0.02, 0.06);
  return drive;
}

Running render_running(const Drive& drive, Operation operation, double rated_hz,
                       const std::function<double(std::size_t)>& speed_factor, std::size_t samples, Random random) {
  Running running;
  for (Signal* signal : {&running.motion.turns, &running.motion.cosine, &running.motion.sine, &running.motion.rate})
    signal->resize(samples);
  double turns = random.uniform(), load_sum = 0.0;
  Wander speed(2.0, random), load(3.0, random), tone(4.0, random), noise(4.0, random);
  Governor governor(drive, operation, random);
  running.state = governor.state();
  const double swing = operation == Operation::steady ? 0.0015 : 0.004;
  for (std::size_t first = 0; first < samples; first += kBlock) {
    const std::size_t block = first / kBlock;
    governor.next();
    const double unrest = governor.unrest();
    const double now = governor.speed() * (1.0 + swing * unrest * speed.next(random)) * speed_factor(block);
    turn(running.motion, first, std::min(samples, first + kBlock), rated_hz * now, turns);
    running.speed.push_back(now);
    running.load.push_back(governor.load() * (1.0 + 0.02 * unrest * load.next(random)));
    running.tone_db.push_back(0.5 * unrest * tone.next(random));
    running.noise_db.push_back(0.5 * unrest * noise.next(random));
    load_sum += governor.load();
  }
  running.mean_load = load_sum / static_cast<double>(running.load.size());
  return running;
}

}  // namespace auscult::simulate
