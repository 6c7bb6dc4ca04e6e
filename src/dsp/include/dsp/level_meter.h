// Level of a signal in dBFS: RMS and peak since the last read, and clipped samples (|x| >= 1 - 2^-15).
// Full scale is a sample value of 1; a full-scale square wave has RMS 0 dBFS. Silence is reported as -200 dBFS.
// Thread rule: one object, one thread. Allocation-free.
#pragma once

#include <cstdint>
#include <span>

namespace auscult {

inline constexpr float kSilenceDbfs = -200.0F;

struct Level {
  float rms_dbfs = kSilenceDbfs;
  float peak_dbfs = kSilenceDbfs;
  std::int64_t clipped = 0;  ///< samples at or beyond full scale
  std::int64_t samples = 0;
};

class LevelMeter {
 public:
  void push(std::span<const float> samples);
  /// Magnitude that corresponds to full scale of the converter: 1 times any gain applied afterward.
  void set_full_scale(float magnitude) { full_scale_ = magnitude; }
  /// Returns the level since the last take() and resets the meter.
  Level take();

 private:
  double sum_of_squares_ = 0.0;
  float peak_ = 0.0F, full_scale_ = 1.0F;
  std::int64_t clipped_ = 0, samples_ = 0;
};

/// 10*log10(mean_square), floored at kSilenceDbfs.
float power_to_dbfs(double mean_square);

}  // namespace auscult
