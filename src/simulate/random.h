// Random numbers with a fixed sequence: the standard library's distributions differ between implementations. Each draw
// is a separate statement, because the order of evaluation within an expression is unspecified.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace auscult::simulate {

/// SplitMix64 (Steele, Lea, Flood 2014): a counter and a finalizer; independent streams by seeding with a hash.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return finalise(state_ += 0x9E3779B97F4A7C15ULL); }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  int integer(int low, int high) { return low + static_cast<int>(uniform() * (high - low + 1)); }
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }
  /// Waiting time of a Poisson process of `rate` events per unit.
  double exponential(double rate) { return -std::log(1.0 - uniform()) / rate; }
  /// White noise of variance 1: the sum of four 16-bit uniforms, near enough to a Gaussian before any filter.
  float noise() {
    const std::uint64_t bits = next();
    const auto sum =
        static_cast<std::int32_t>((bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48));
    return static_cast<float>(sum - 131070) * 2.6428e-5F;
  }

  static std::uint64_t finalise(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

/// Purpose of a stream of random numbers; part of its seed, so that an additional draw in one stream leaves the others
/// unchanged.
enum class Stream : std::uint64_t {
  machine = 1,
  site,
  room,
  conditions,
  motion,
  flow,
  rumble,
  fault,
  background,
  placement,
  order
};

inline Random random_stream(std::initializer_list<std::uint64_t> parts, Stream stream) {
  std::uint64_t hash = 0x41757363756C7401ULL;
  for (const std::uint64_t part : parts)
    hash = Random::finalise(hash ^ Random::finalise(part + 0x9E3779B97F4A7C15ULL)) + 1;
  return Random(Random::finalise(hash ^ static_cast<std::uint64_t>(stream)));
}

}  // namespace auscult::simulate
