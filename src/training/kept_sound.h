// A stretch of sound as the log-mel frames and gaps from a FeatureStream (and its samples, if a detector needs them),
// kept in memory so that it can be scored several times without decoding. An hour takes 30 MB, with samples 260 MB.
// Internal to training. Thread rule: replay() from any number of threads, the rest from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scoring/feature_stream.h"
#include "scoring/scorer.h"

namespace auscult {

class KeptSound {
 public:
  /// In the order in which a FeatureSink receives them.
  void add_samples(std::span<const float> samples);
  void add_frame(const FrameView& frame);
  void add_gap();

  /// Runs the sound through windows and energies to the end, as Scorer does. Precondition: both are new.
  void replay(FeatureWindows& windows, EnergyStage& energies, const HopSink& sink) const;

 private:
  enum class What { frame, gap };
  struct Mark {
    What what = What::frame;
    float level_dbfs = 0.0F;
    std::int64_t index = 0, first_sample = 0;  // of a frame
    std::size_t samples_before = 0;            // samples added before it
  };
  std::vector<Mark> marks_;
  std::vector<float> log_mels_;  // n_mels values per frame
  std::size_t n_mels_ = 0;
  std::vector<float> samples_;
};

}  // namespace auscult
