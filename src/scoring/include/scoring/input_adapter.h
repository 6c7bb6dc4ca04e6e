// Converts a source's output (any rate, any channels, unusable samples) to the frontend's input: one channel at the
// model's rate, finite. Channel choice, rate conversion and gaps for unusable samples are implemented only here;
// FeatureStream uses it. Thread rule: one object, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "dsp/resampler.h"
#include "model/preset.h"

namespace auscult {

/// A sample that is not finite or larger than this is unusable and becomes a gap.
inline constexpr float kLargestSample = 8.0F;

struct InputAdapterOptions {
  int output_rate = 16000;  ///< Hz
  int channel = 0;          ///< from 0, or kMeanOfChannels
  double scale = 1.0;       ///< multiplies every sample first (integer-scaled float files)
};

struct AdapterSink {
  std::function<void(std::span<const float>)> samples;  ///< at the output rate
  std::function<void(std::int64_t lost)> gap;           ///< output-rate samples missing here
};

class InputAdapter {
 public:
  explicit InputAdapter(const InputAdapterOptions& options);

  /// Takes interleaved sample frames. `lost_before` sample frames are missing before the first of them. If rate or
  /// channels change, conversion starts over. Errors: bad_input (no such channel, rate out of range).
  Status push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
              const AdapterSink& sink);
  /// The end of the stream: emits what the rate conversion still holds.
  void finish(const AdapterSink& sink);

  /// Multiplies the following samples, after unusable ones were removed: a microphone's calibration.
  void set_gain(double factor) { gain_ = static_cast<float>(factor); }

  int rate() const { return rate_; }                  ///< Hz, of the latest input; 0 before the first
  std::uint64_t samples() const { return samples_; }  ///< sample frames taken
  std::uint64_t invalid() const { return invalid_; }  ///< unusable ones
  float largest() const { return largest_; }          ///< largest finite magnitude, for a hint about the scale
  double delay_seconds() const;                       ///< delay of the rate conversion

 private:
  Status use_rate(int sample_rate);
  void mix(std::span<const float> interleaved, std::size_t width);
  void take(std::span<const float> samples, const AdapterSink& sink);
  void take_unusable(float sample, const AdapterSink& sink);
  void flush(const AdapterSink& sink);
  void convert(const AdapterSink& sink);
  void report_gap(std::int64_t input_frames, const AdapterSink& sink);

  InputAdapterOptions options_;
  float gain_ = 1.0F;
  int rate_ = 0;
  std::optional<Resampler> resampler_;
  std::vector<float> mixed_, mono_, converted_;
  std::int64_t pending_gap_ = 0;  // input sample frames
  double gap_remainder_ = 0.0;    // fraction of an output sample by which gaps are still short
  std::uint64_t samples_ = 0, invalid_ = 0;
  float largest_ = 0.0F;
};

}  // namespace auscult
