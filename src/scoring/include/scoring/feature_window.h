// Feature vectors from log-mel frames, or from samples, by a detector's window and step. Each window is computed from
// its own frames, in double precision and in fixed order, so that a vector depends only on its frames. A window of
// samples is emitted with the first frame that ends at or after its own end, so that its position in the stream does
// not depend on the chunking. Thread rule: one object, one thread. Allocation-free after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/preset.h"

namespace auscult {

class FeatureWindow {
 public:
  /// Precondition: the configuration came from a validated preset.
  FeatureWindow(const DetectorConfig& detector, const FrontendConfig& frontend);

  /// Samples of the stream, at most one hop at a time, before the frame that they complete. Only needed by `waveform`.
  void push_samples(std::span<const float> samples);
  /// Takes one frame (n_mels values, dB); true if a window is now complete and vector() holds it.
  bool push(std::span<const float> log_mel);
  /// Whether vectors consist of samples, so that push_samples() must not run ahead of push().
  bool needs_samples() const { return kind_ == Representation::waveform; }
  /// The end of the stream. True, with the vector in vector(), if no window was completed since the start or the last
  /// reset and min_window allows a shorter one, or if a window of samples ended after the last frame.
  bool finish();
  /// Forgets its frames, because a window must not span a gap.
  void reset();

  std::span<const float> vector() const { return vector_; }
  int width() const { return static_cast<int>(vector_.size()); }

 private:
  void compute(std::int64_t frames);
  std::span<const float> frame_before_newest(std::int64_t age) const;
  bool take_samples(std::int64_t end);

  Representation kind_;
  int n_mels_, window_, step_, min_window_, n_fft_, hop_;
  std::int64_t pushed_ = 0;        // frames since the start or the last reset
  std::int64_t emitted_ = 0;       // windows since then
  std::vector<float> history_;     // ring of the last window_ frames
  std::vector<float> samples_;     // of `waveform`: from first_sample_ on
  std::int64_t first_sample_ = 0;  // position since the start or the last reset
  std::vector<float> vector_;
};

}  // namespace auscult
