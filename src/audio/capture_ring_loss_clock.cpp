#include "capture_ring_loss_clock.h"

#include <algorithm>
#include <cmath>

namespace auscult {
namespace {
constexpr double kSettledSeconds = 0.020;
constexpr double kLossSeconds = 0.200;
constexpr double kClockTolerance = 0.002;
constexpr std::int64_t kSecondNs = 1'000'000'000;
}  // namespace

LossClock::LossClock(int sample_rate) : rate_(sample_rate) {}

std::int64_t LossClock::observe(std::int64_t time_ns, std::int64_t end_position) {
  if (!started_) {
    started_ = true;
    start_ns_ = second_start_ns_ = time_ns;
    start_position_ = end_position;
    return 0;
  }
  const double elapsed = static_cast<double>(time_ns - start_ns_) / kSecondNs;
  const double deficit = elapsed * rate_ - static_cast<double>(end_position - start_position_);
  std::int64_t lost = 0;
  if (time_ns - second_start_ns_ >= kSecondNs) {
    lost = judge(second_minimum_, static_cast<double>(time_ns - second_start_ns_) / kSecondNs);
    second_start_ns_ = time_ns;
    second_minimum_ = deficit;
  }
  second_minimum_ = std::min(second_minimum_, deficit);
  return lost;
}

std::int64_t LossClock::judge(double minimum, double seconds) {
  const bool settled = seconds_seen_ > 0 && std::abs(minimum - previous_minimum_) < kSettledSeconds * rate_;
  previous_minimum_ = minimum;
  ++seconds_seen_;
  if (minimum <= baseline_) {
    baseline_ = minimum;
    return 0;
  }
  if (settled && minimum - baseline_ >= kLossSeconds * rate_) {
    const auto lost = static_cast<std::int64_t>(std::llround(minimum - baseline_));
    baseline_ = minimum;
    return lost;
  }
  baseline_ += std::min(minimum - baseline_, kClockTolerance * seconds * rate_);
  return 0;
}

}  // namespace auscult
