// Streaming log-mel spectrogram: the frontend that live, batch and training share. Frames are transformed in
// double precision, several at once where several are complete, with the bits of one at a time: any chunking of the
// same samples gives bit-identical frames. Follows librosa.feature.melspectrogram(center=False, power=2, htk=False,
// norm="slaney") and 10*log10(power + floor). Thread rule: one object, one thread. Allocation-free after construction.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "auscult/error.h"

namespace auscult {

/// Mel bands that a frontend may have, and that a live hop and the window can show.
inline constexpr int kMaxMels = 256;

struct FrontendConfig {
  int sample_rate = 16000;     ///< Hz, of the samples pushed
  int n_fft = 1024;            ///< samples; also the window's length (periodic Hann)
  int hop_length = 512;        ///< samples
  int n_mels = 64;             ///< bands, Slaney scale and area norm
  double f_min = 0.0;          ///< Hz
  double f_max = 8000.0;       ///< Hz, at most sample_rate / 2
  double power_floor = 1e-10;  ///< added to the power before the logarithm; a fixed reference, so that it streams

  bool operator==(const FrontendConfig&) const = default;
  double seconds_per_frame() const { return static_cast<double>(hop_length) / sample_rate; }
  /// Frames in a recording of `samples` samples: without padding, the last window lies completely inside.
  std::int64_t frames_in(std::int64_t samples) const {
    return samples < n_fft ? 0 : 1 + (samples - n_fft) / hop_length;
  }
};

/// Errors: bad_input naming the invalid field (ranges are wide but bounded: a model file is not trusted).
Status validate(const FrontendConfig& config);

/// One STFT column. The spans are valid only inside the sink's call.
struct FrameView {
  std::int64_t index;              ///< 0, 1, 2, ... over the whole stream, also across resets
  std::int64_t first_sample;       ///< position of the frame's first sample in the stream
  std::span<const float> log_mel;  ///< n_mels values, dB
  std::span<const double> power;   ///< n_fft / 2 + 1 values of the linear power spectrum
  float level_dbfs;  ///< RMS of the frame's n_fft samples before windowing, without their mean; -200 if they are equal
  double power_floor = 1e-10;  ///< FrontendConfig::power_floor

  /// A value of `power` in dB, as the log-mels are. Converted on request, because only displays need this spectrum and
  /// its logarithms take a third of the time of a frame.
  float power_db(std::size_t bin) const { return to_db(power[bin], power_floor); }
  static float to_db(double power, double floor) { return static_cast<float>(10.0 * std::log10(power + floor)); }
};

class LogMelFrontend {
 public:
  /// Precondition: validate(config) succeeded.
  explicit LogMelFrontend(const FrontendConfig& config);
  ~LogMelFrontend();
  LogMelFrontend(LogMelFrontend&&) noexcept;
  LogMelFrontend& operator=(LogMelFrontend&&) noexcept;

  const FrontendConfig& config() const;

  /// Takes any number of finite samples in [-1, 1] (larger ones are allowed) and calls sink(const FrameView&) for each
  /// frame that is now complete.
  template <class Sink>
  void push(std::span<const float> samples, Sink&& sink) {
    push_impl(
        samples,
        [](void* context, const FrameView& frame) { (*static_cast<std::remove_reference_t<Sink>*>(context))(frame); },
        const_cast<void*>(static_cast<const void*>(&sink)));
  }

  /// Discards buffered samples, after a gap; the next sample pushed has stream position `next_sample`.
  void reset(std::int64_t next_sample);

 private:
  using FrameCallback = void (*)(void*, const FrameView&);
  void push_impl(std::span<const float> samples, FrameCallback callback, void* context);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
