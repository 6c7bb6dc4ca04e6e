// Feature vectors from log-mel frames: what a detector's window and step make of the frontend's stream.
// Each window is computed afresh from its own frames, in double and in fixed order, so that a vector depends on nothing
// but its frames. Thread rule: one object, one thread. Allocation-free after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "auscult/model/preset.h"

namespace auscult {

class FeatureWindow {
 public:
  /// Precondition: the configuration came from a validated preset.
  FeatureWindow(const DetectorConfig& detector, const FrontendConfig& frontend);

  /// Takes one frame (n_mels values, dB); true when a window is now complete and vector() holds it.
  bool push(std::span<const float> log_mel);
  /// The end of the stream: true when no window was completed since the start or the last reset, min_window allows a
  /// shorter one and vector() holds it.
  bool finish();
  /// Forgets its frames: after a gap a window must not reach across.
  void reset();

  std::span<const float> vector() const { return vector_; }
  int width() const { return static_cast<int>(vector_.size()); }

 private:
  void compute(std::int64_t frames);
  std::span<const float> frame_before_newest(std::int64_t age) const;

  Representation kind_;
  int n_mels_, window_, step_, min_window_;
  std::int64_t pushed_ = 0;    // frames since the start or the last reset
  std::int64_t emitted_ = 0;   // windows since then
  std::vector<float> history_; // ring of the last window_ frames
  std::vector<float> vector_;
};

}  // namespace auscult
