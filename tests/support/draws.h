// Numbers that other languages can reproduce: a 32-bit linear congruential generator. Test-only.
#pragma once

#include <cstdint>

namespace auscult::test {

/// Uniform in [-1, 1), multiples of 2^-23.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : state_(seed) {}
  float operator()() {
    state_ = 1664525U * state_ + 1013904223U;
    return static_cast<float>(state_ >> 8) / 8388608.0F - 1.0F;
  }

 private:
  std::uint32_t state_;
};

}  // namespace auscult::test
