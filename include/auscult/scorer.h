// Anomaly scores of recordings and of streamed samples, by the same path and with the same numbers as `auscult score`
// and the live monitor. Thread rule: score_recording() from any thread; a SampleScorer belongs to one thread; the model
// may be shared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "auscult/error.h"
#include "auscult/model.h"

namespace auscult {

struct RecordingOptions {
  std::optional<int> channel = std::nullopt;  ///< from 0, or -1 for the mean of all; the model's by default
  double scale = 1.0;                         ///< multiplies every sample (integer-scaled float files)
};

struct RecordingScore {
  double score = 0.0;      ///< anomaly score: -log10 of the share of held-out normal clips that score higher
  double threshold = 0.0;  ///< the model's clip threshold
  bool anomalous = false;  ///< score above threshold, and the machine was running
  bool running = true;     ///< false: the level was never that of a running machine
  double seconds = 0.0;    ///< of sound
};

/// Errors: file_not_found, not_audio, invalid_samples, too_short, bad_input (no such channel).
Result<RecordingScore> score_recording(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                                       const RecordingOptions& options = {});

/// The result of one hop (32 ms by default).
struct SampleScore {
  double time_s = 0.0;  ///< stream time at the end of the hop
  double score = 0.0;   ///< anomaly score of the detectors' latest windows, fused
  bool judged = false;  ///< false: too little sound yet, or the machine is off
};

/// Passes samples to the detectors. Any chunking of the same samples gives the same bits.
class SampleScorer {
 public:
  explicit SampleScorer(std::shared_ptr<const Model> model);
  ~SampleScorer();
  SampleScorer(SampleScorer&&) noexcept;
  SampleScorer& operator=(SampleScorer&&) noexcept;

  int sample_rate() const;        ///< Hz, of the samples to push
  double live_threshold() const;  ///< on SampleScore::score

  using Sink = std::function<void(const SampleScore&)>;
  /// Finite mono samples in [-1, 1].
  void push(std::span<const float> samples, const Sink& sink);
  /// `lost` samples are missing here: no window spans the gap, but stream time advances.
  void gap(std::int64_t lost, const Sink& sink);
  void finish(const Sink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
