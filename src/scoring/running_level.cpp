#include "scoring/running_level.h"

#include <algorithm>
#include <cmath>

namespace auscult {
namespace {

std::int64_t hops_in_a_second(const FrontendConfig& frontend) {
  return std::max(1L, std::lround(1.0 / frontend.seconds_per_frame()));
}

// Number of frames in a window.
std::int64_t hops_in(const DetectorConfig& detector, const FrontendConfig& frontend) {
  return detector.input == Representation::waveform ? detector.window / frontend.hop_length + 1 : detector.window;
}

}  // namespace

RunningLevel::RunningLevel(const FrontendConfig& frontend, std::span<const DetectorConfig> detectors, double off_dbfs)
    : off_dbfs_(off_dbfs), powers_(static_cast<std::size_t>(hops_in_a_second(frontend))) {
  for (const DetectorConfig& detector : detectors) settle_hops_ = std::max(settle_hops_, hops_in(detector, frontend));
  settle_hops_ += std::lround(1.0 / frontend.seconds_per_frame());
  hops_since_off_ = settle_hops_;
}

bool RunningLevel::push(float level_dbfs) {
  powers_[next_] = std::pow(10.0, level_dbfs / 10.0);
  next_ = (next_ + 1) % powers_.size();
  filled_ = std::min(filled_ + 1, powers_.size());
  hops_since_off_ = mean_dbfs() < off_dbfs_ ? 0 : std::min(hops_since_off_ + 1, settle_hops_);
  return hops_since_off_ >= settle_hops_;
}

// Summed from the start each time, because a running sum would depend on the whole past.
double RunningLevel::mean_dbfs() const {
  double sum = 0.0;
  for (std::size_t i = 0; i < filled_; ++i) sum += powers_[i];
  return 10.0 * std::log10(std::max(sum / static_cast<double>(filled_), 1e-20));
}

void RunningLevel::reset() {
  next_ = filled_ = 0;
  hops_since_off_ = settle_hops_;
}

}  // namespace auscult
