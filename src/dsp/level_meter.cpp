#include "dsp/level_meter.h"

#include <algorithm>
#include <cmath>

namespace auscult {
namespace {

// The largest value of 16-bit PCM: what a converter delivers when it clips.
constexpr float kFullScale = 1.0F - 1.0F / 32768.0F;

}  // namespace

float power_to_dbfs(double mean_square) {
  if (!(mean_square > 0.0)) return kSilenceDbfs;
  return std::max(kSilenceDbfs, static_cast<float>(10.0 * std::log10(mean_square)));
}

void LevelMeter::push(std::span<const float> samples) {
  for (const float x : samples) {
    const float magnitude = std::fabs(x);
    sum_of_squares_ += static_cast<double>(x) * x;
    peak_ = std::max(peak_, magnitude);
    clipped_ += magnitude >= kFullScale * full_scale_ ? 1 : 0;
  }
  samples_ += static_cast<std::int64_t>(samples.size());
}

Level LevelMeter::take() {
  Level level;
  if (samples_ > 0) {
    level.rms_dbfs = power_to_dbfs(sum_of_squares_ / static_cast<double>(samples_));
    level.peak_dbfs = power_to_dbfs(static_cast<double>(peak_) * peak_);
    level.clipped = clipped_;
    level.samples = samples_;
  }
  const float full_scale = full_scale_;
  *this = LevelMeter();
  full_scale_ = full_scale;
  return level;
}

}  // namespace auscult
