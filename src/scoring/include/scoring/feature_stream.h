// The one path from sound to feature vectors, for live monitoring, scoring, training, `auscult features` and the
// spectrograms of clips: InputAdapter -> LogMelFrontend -> the detectors' windows and the running level. Any chunking
// of the same sound gives the same bits. Thread rule: one object, one thread. Levels in dBFS, log-mels in dB, times in
// seconds of the stream.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "dsp/log_mel_frontend.h"
#include "model/preset.h"
#include "scoring/feature_window.h"
#include "scoring/input_adapter.h"
#include "scoring/running_level.h"
#include "scoring/sound_report.h"

namespace auscult {

/// A detector's new feature vector.
struct FeatureVector {
  int detector = 0;  ///< index into the detectors' configurations
  std::span<const float> values;
};

/// What one frame completed. Pointer and spans are valid only inside the sink.
struct FeatureHop {
  const FrameView* frame = nullptr;  ///< null if the end of a stretch of sound, not a frame, completed the vectors
  std::int64_t index = 0;            ///< of the frame, or of the last one
  double time_s = 0.0;               ///< stream time at the end of that frame
  bool running = true;               ///< false: the machine is off, or a window still reaches into the time when it was
  std::span<const FeatureVector> vectors;  ///< in the order of the detectors; most hops have none for some detectors
};
using FeatureHopSink = std::function<void(const FeatureHop&)>;

/// Each function may be empty.
struct FeatureSink {
  FeatureHopSink hop;
  /// The adapted samples, one channel at the frontend's rate, at most one hop at a time, before the frame that they
  /// complete.
  std::function<void(std::span<const float>)> samples = {};
  /// Called after the last hop before the gap, if there is one. `lost`: samples at the frontend's rate.
  std::function<void(std::int64_t lost)> gap = {};
};

/// The second half: from frames (and samples, for `waveform`) to hops. Part of FeatureStream; training feeds it with
/// stored frames.
class FeatureWindows {
 public:
  /// Precondition: the configurations came from a validated preset. A mean level below `off_dbfs` means that the
  /// machine is off.
  FeatureWindows(const FrontendConfig& frontend, std::span<const DetectorConfig> detectors, double off_dbfs);

  /// Samples before the frame that they complete. Only needed by `waveform`.
  void push_samples(std::span<const float> samples);
  bool needs_samples() const;
  void push_frame(const FrameView& frame, const FeatureHopSink& sink);
  /// The end of the stream, or a gap: detectors that allow shorter windows may emit a vector now.
  void end_stretch(const FeatureHopSink& sink);
  /// After a gap: no window spans it.
  void reset();

 private:
  FrontendConfig frontend_;
  RunningLevel level_;
  std::vector<FeatureWindow> windows_;
  std::vector<FeatureVector> fresh_;
  FeatureHop last_;
};

/// Counts of the input, as the source delivered it.
struct InputCounts {
  std::uint64_t samples = 0;  ///< sample frames
  std::uint64_t invalid = 0;  ///< unusable ones: not finite or larger than kLargestSample
  float largest = 0.0F;       ///< largest finite magnitude
  void add(const InputCounts& other);
};

struct FeatureStreamOptions {
  int channel = 0;           ///< of the source, from 0, or kMeanOfChannels
  double scale = 1.0;        ///< multiplies every sample first (integer-scaled float files)
  double off_dbfs = -200.0;  ///< below this (mean of the last second) the machine counts as not running; -200: never
};

class FeatureStream {
 public:
  /// Precondition: the configurations came from a validated preset. Without detectors, hops have only frames.
  explicit FeatureStream(const FrontendConfig& frontend, std::span<const DetectorConfig> detectors = {},
                         const FeatureStreamOptions& options = {});

  /// Input from a source: interleaved sample frames of any rate; `lost_before` sample frames are missing before the
  /// first of them. Unusable samples become gaps. Errors: bad_input (no such channel, rate out of range).
  Status push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
              const FeatureSink& sink);
  /// Finite samples of one channel at the frontend's rate, which need no adaptation.
  void push_samples(std::span<const float> samples, const FeatureSink& sink);
  /// `lost` samples at the frontend's rate are missing here: no window spans the gap, but stream time advances.
  void gap(std::int64_t lost, const FeatureSink& sink);
  /// The end of the stream: emits what the rate conversion still holds and ends the last stretch.
  void finish(const FeatureSink& sink);

  /// Multiplies the following samples, after unusable ones were removed: a microphone's calibration.
  void set_gain(double factor) { adapter_.set_gain(factor); }

  InputCounts input() const { return {adapter_.samples(), adapter_.invalid(), adapter_.largest()}; }
  int input_rate() const { return adapter_.rate(); }                 ///< Hz, of the latest input; 0 before the first
  SoundFacts facts() const { return meter_.facts(); }                ///< of the input so far, for odd_sound()
  double delay_seconds() const { return adapter_.delay_seconds(); }  ///< delay of the rate conversion
  std::int64_t position() const { return position_; }  ///< samples at the frontend's rate so far, including gaps
  double seconds() const { return static_cast<double>(position_) / frontend_.config().sample_rate; }

 private:
  AdapterSink adapted(const FeatureSink& sink);

  InputAdapter adapter_;
  SoundMeter meter_;
  LogMelFrontend frontend_;
  FeatureWindows windows_;
  std::int64_t position_ = 0;
};

/// The error for sound without any frame because its samples are unusable, with a hint. Precondition: input.invalid >
/// 0.
Error no_usable_sound(const InputCounts& input, std::string context);

}  // namespace auscult
