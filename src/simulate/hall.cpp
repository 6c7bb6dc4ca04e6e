#include "hall.h"

#include <algorithm>
#include <cmath>

namespace auscult::simulate {

namespace {

constexpr double kSpeedOfSound = 343.0;  // m/s

using Point = std::array<double, 3>;

double distance(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

int delay_samples(double metres) {
  return static_cast<int>(std::lround(metres / kSpeedOfSound * kSimulatorSampleRate));
}

// to[i] += gain * from[i - delay]
void add_delayed(Signal& to, const Signal& from, const Path& path) {
  const auto gain = static_cast<float>(path.gain);
  const auto delay = static_cast<std::size_t>(path.delay);
  for (std::size_t i = delay; i < to.size(); ++i) to[i] += gain * from[i - delay];
}

// A machine that starts and stops: it runs up and down over a second, its pitch with it.
void add_neighbour(Signal& out, const Neighbour& neighbour, double clip_db, Random& random) {
  Resonator band(neighbour.band_hz, neighbour.band_q);
  Signal own(out.size());
  bool on = random.uniform() < neighbour.on_share;
  double until_switch = random.exponential(1.0 / 14.0), run = on ? 1.0 : 0.0, phase = random.uniform();
  const double hz = neighbour.hz * (1.0 + 0.01 * random.normal());
  const double noise_gain = neighbour.noise / 0.4;
  for (std::size_t i = 0; i < own.size(); ++i) {
    until_switch -= 1.0 / kSimulatorSampleRate;
    if (until_switch <= 0.0) {
      on = !on;
      until_switch = random.exponential(1.0 / 14.0);
    }
    run += ((on ? 1.0 : 0.0) - run) * (1.0 / (0.4 * kSimulatorSampleRate));
    phase += hz * (0.4 + 0.6 * run) / kSimulatorSampleRate;
    phase -= std::floor(phase);
    const double noise = random.noise();
    if (run < 1e-3) continue;
    const double c = std::cos(kTwoPi * phase), s = std::sin(kTwoPi * phase);
    double re = c, im = s, sum = 0.0;
    for (const double tone : neighbour.tones) {
      sum += tone * im;
      const double next = re * c - im * s;
      im = re * s + im * c;
      re = next;
    }
    own[i] = static_cast<float>(run * (0.7 * sum + noise_gain * band(noise)));
  }
  add(out, own, amplitude(neighbour.level_db + clip_db));
}

// A distant metallic impact: a few decaying modes.
void add_clank(Signal& out, std::size_t at, double gain, Random& random) {
  const double seconds = random.uniform(0.05, 0.5);
  const auto length = std::min(out.size() - at, static_cast<std::size_t>(seconds * kSimulatorSampleRate));
  for (int mode = 0; mode < 4; ++mode) {
    const double hz = 300.0 * std::pow(12.0, random.uniform()), level = gain * amplitude(4.0 * random.normal());
    const double decay = std::exp(-6.9 / (seconds * random.uniform(0.4, 1.0) * kSimulatorSampleRate));
    const double step = kTwoPi * hz / kSimulatorSampleRate;
    const double c = decay * std::cos(step), s = decay * std::sin(step);
    double re = 0.0, im = level;
    for (std::size_t i = 0; i < length; ++i) {
      const double next = re * c - im * s;
      im = re * s + im * c;
      re = next;
      out[at + i] += static_cast<float>(re);
    }
  }
}

// Broadband noise of the hall: many distant machines that cannot be distinguished; independent for each direction.
void add_hall_noise(Signal& out, const Hall& hall, double tilt, double clip_db, Random& random) {
  LowPass first(hall.hall_corner_hz * tilt), second(2600.0 * tilt);
  Signal own(out.size());
  for (float& v : own) {
    const double white = random.noise();
    v = static_cast<float>(first(white) + 0.22 * second(white) + 0.01 * white);
  }
  normalise(own);
  add(out, own, amplitude(clip_db));
}

// Ventilation: fluctuating low-frequency noise and the tones of the fan's blades.
void add_ventilation(Signal& out, const Hall& hall, double clip_db, Random& random) {
  LowPass first(220.0), second(220.0);
  Signal own(out.size());
  double gust = 0.0, phase = random.uniform();
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (i % 256 == 0) gust += -0.02 * gust + 0.03 * random.normal();
    phase += hall.vent_hz / kSimulatorSampleRate;
    phase -= std::floor(phase);
    own[i] = static_cast<float>((1.0 + gust) * (second(first(6.0 * random.noise())) + 0.35 * std::sin(kTwoPi * phase)));
  }
  normalise(own);
  add(out, own, amplitude(hall.vent_db + clip_db));
}

}  // namespace

Neighbour draw_neighbour(Random& random) {
  Neighbour neighbour;
  neighbour.hz = random.uniform(12.0, 120.0);
  for (std::size_t k = 0; k < neighbour.tones.size(); ++k)
    neighbour.tones[k] = std::pow(k + 1.0, -0.8) * amplitude(4.0 * random.normal());
  neighbour.band_hz = 250.0 * std::pow(12.0, random.uniform());
  neighbour.band_q = random.uniform(0.5, 1.5);
  neighbour.noise = amplitude(random.uniform(-6.0, 6.0));
  neighbour.level_db = random.uniform(-12.0, -4.0);
  neighbour.on_share = random.uniform(0.3, 0.8);
  neighbour.direction = static_cast<std::size_t>(random.integer(0, static_cast<int>(kDirections) - 1));
  return neighbour;
}

Hall make_hall(std::uint64_t seed, int machine) {
  Random random = random_stream({seed, static_cast<std::uint64_t>(machine)}, Stream::site);
  Hall hall;
  hall.size = {random.uniform(9.0, 22.0), random.uniform(7.0, 16.0), random.uniform(4.0, 8.0)};
  hall.pump = {random.uniform(2.0, hall.size[0] - 2.0), random.uniform(1.5, hall.size[1] - 1.5),
               random.uniform(0.5, 1.0)};
  const double angle = random.uniform(0.0, kTwoPi);  // the array is half a meter from the pump, as in MIMII
  hall.array_centre = {hall.pump[0] + 0.5 * std::cos(angle), hall.pump[1] + 0.5 * std::sin(angle),
                       hall.pump[2] + random.uniform(0.0, 0.3)};
  hall.absorption_hz = random.uniform(1800.0, 4500.0);
  hall.reflection = random.uniform(0.5, 0.8);
  hall.reverb_db = random.uniform(-22.0, -14.0);
  hall.reverb_seconds = random.uniform(0.4, 1.1);
  for (double& db : hall.microphone_db) db = random.uniform(-1.5, 1.5);
  hall.hall_corner_hz = random.uniform(250.0, 700.0);
  hall.vent_hz = random.uniform(60.0, 180.0);
  hall.vent_db = random.uniform(-10.0, -3.0);
  hall.clank_rate = random.uniform(0.1, 0.4);
  hall.clank_db = random.uniform(0.0, 10.0);
  for (Neighbour& neighbour : hall.neighbours) neighbour = draw_neighbour(random);
  return hall;
}

std::array<Signal, kDirections> render_background(const Hall& hall, std::size_t samples, Random random, double spread) {
  std::array<Signal, kDirections> out;
  for (Signal& direction : out) direction.resize(samples);
  const double tilt = amplitude(0.8 * spread * random.normal());
  for (Signal& direction : out) add_hall_noise(direction, hall, tilt, 0.7 * spread * random.normal(), random);
  add_ventilation(out[0], hall, 1.2 * spread * random.normal(), random);
  for (const Neighbour& neighbour : hall.neighbours)
    add_neighbour(out[neighbour.direction], neighbour, spread * random.normal(), random);
  for (double at = random.exponential(hall.clank_rate); at * kSimulatorSampleRate < static_cast<double>(samples);
       at += random.exponential(hall.clank_rate)) {
    const int direction = random.integer(0, static_cast<int>(kDirections) - 1);
    const double gain = amplitude(hall.clank_db + 5.0 * random.normal());
    add_clank(out[static_cast<std::size_t>(direction)], static_cast<std::size_t>(at * kSimulatorSampleRate), gain,
              random);
  }
  return out;
}

Placement::Placement(const Hall& hall, Random random) {
  reverb_gain_ = amplitude(hall.reverb_db);
  const double turn = 0.03 * random.normal();
  Point centre = hall.array_centre;
  for (double& coordinate : centre) coordinate += 0.012 * random.normal();
  std::array<Point, kDirections> far;  // points that represent the background's directions
  for (std::size_t d = 0; d < kDirections; ++d) {
    const double angle = kTwoPi * (static_cast<double>(d) / kDirections + 0.1);
    far[d] = {hall.array_centre[0] + 8.0 * std::cos(angle), hall.array_centre[1] + 8.0 * std::sin(angle), 3.0};
  }
  for (int m = 0; m < kSimulatorMaxChannels; ++m) {
    Microphone& microphone = microphones_[static_cast<std::size_t>(m)];
    const double angle = turn + kTwoPi * m / kSimulatorMaxChannels;
    const Point at = {centre[0] + 0.1 * std::cos(angle), centre[1] + 0.1 * std::sin(angle), centre[2]};
    microphone.gain = amplitude(hall.microphone_db[static_cast<std::size_t>(m)] + 0.4 * random.normal());
    const double metres = distance(at, hall.pump);
    microphone.direct = {delay_samples(metres), 0.5 / metres};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (const double wall : {0.0, hall.size[axis]}) {
        Point image = hall.pump;
        image[axis] = 2.0 * wall - image[axis];
        const double path = distance(at, image);
        microphone.reflections.push_back({delay_samples(path), hall.reflection * 0.5 / path});
      }
    }
    for (std::size_t d = 0; d < kDirections; ++d) {
      microphone.background[d][0] = {delay_samples(distance(at, far[d])), 1.0};
      microphone.background[d][1] = {400 + random.integer(0, 900),
                                     0.5};  // reflected by a wall, at a different place for each microphone
    }
    for (double& sign : microphone.reverb_signs) sign = random.uniform() < 0.5 ? -1.0 : 1.0;
  }
}

Signal Placement::hear_pump(const Signal& pump, const Signal& dulled, const std::array<Signal, 4>& reverb,
                            int number) const {
  const Microphone& microphone = microphones_[static_cast<std::size_t>(number)];
  Signal out(pump.size());
  add_delayed(out, pump, microphone.direct);
  for (const Path& path : microphone.reflections) add_delayed(out, dulled, path);
  for (std::size_t line = 0; line < reverb.size(); ++line)
    add(out, reverb[line], reverb_gain_ * microphone.reverb_signs[line]);
  scale(out, microphone.gain);
  return out;
}

Signal Placement::hear_background(const std::array<Signal, kDirections>& background,
                                  const std::array<Signal, 4>& reverb, int number) const {
  const Microphone& microphone = microphones_[static_cast<std::size_t>(number)];
  Signal out(background[0].size());
  for (std::size_t d = 0; d < kDirections; ++d)
    for (const Path& path : microphone.background[d]) add_delayed(out, background[d], path);
  for (std::size_t line = 0; line < reverb.size(); ++line) add(out, reverb[line], 0.3 * microphone.reverb_signs[line]);
  scale(out, microphone.gain);
  return out;
}

std::array<Signal, 4> render_reverb(const Signal& source, double seconds, double absorption_hz) {
  static constexpr std::array<std::size_t, 4> kDelays = {1031, 1327, 1523, 1871};  // primes: no common beat
  std::array<Signal, 4> out;
  for (Signal& line : out) line.resize(source.size());
  std::array<double, 4> feedback{};
  for (std::size_t line = 0; line < 4; ++line)
    feedback[line] = std::pow(10.0, -3.0 * static_cast<double>(kDelays[line]) / (seconds * kSimulatorSampleRate));
  std::array<LowPass, 4> damping = {LowPass(absorption_hz), LowPass(absorption_hz), LowPass(absorption_hz),
                                    LowPass(absorption_hz)};
  for (std::size_t i = 0; i < source.size(); ++i) {
    std::array<double, 4> back{};
    for (std::size_t line = 0; line < 4; ++line)
      back[line] = feedback[line] * damping[line](i >= kDelays[line] ? out[line][i - kDelays[line]] : 0.0F);
    const double a = back[0] + back[1], b = back[0] - back[1], c = back[2] + back[3], d = back[2] - back[3];
    const double x = source[i];
    out[0][i] = static_cast<float>(0.5 * (a + c) + x);
    out[1][i] = static_cast<float>(0.5 * (b + d) + x);
    out[2][i] = static_cast<float>(0.5 * (a - c) + x);
    out[3][i] = static_cast<float>(0.5 * (b - d) + x);
  }
  // Each output is taken after one more pass through its delay line, so that it never contains the undelayed sound.
  for (std::size_t line = 0; line < 4; ++line) {
    Signal& signal = out[line];
    std::copy_backward(signal.begin(), signal.end() - static_cast<std::ptrdiff_t>(kDelays[line]), signal.end());
    std::fill_n(signal.begin(), kDelays[line], 0.0F);
  }
  return out;
}

Signal dull(const Signal& source, double corner_hz) {
  LowPass filter(corner_hz);
  Signal out(source.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(filter(source[i]));
  return out;
}

}  // namespace auscult::simulate
