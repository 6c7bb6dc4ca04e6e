// The log-mel filterbank as Kaldi computes it, written with KissFFT in single precision: one frame at a time, triangles
// on the HTK mel scale, natural logarithm. The fixed work that timings are compared with, because it needs nothing that
// is not installed. Thread rule: one object, one thread.
#pragma once

#include <span>
#include <vector>

#include <kissfft/kiss_fftr.h>

namespace auscult::bench {

class KaldiFbank {
 public:
  /// `size` samples a frame, even.
  KaldiFbank(int sample_rate, int size, int n_mels);
  ~KaldiFbank();
  KaldiFbank(const KaldiFbank&) = delete;
  KaldiFbank& operator=(const KaldiFbank&) = delete;

  /// Of `size` samples; valid until the next call.
  std::span<const float> frame(std::span<const float> samples);

 private:
  struct Band {
    int first = 0;
    std::vector<float> weights;
  };
  kiss_fftr_cfg plan_;
  std::vector<float> window_, windowed_, power_, mels_;
  std::vector<kiss_fft_cpx> spectrum_;
  std::vector<Band> bands_;
};

}  // namespace auscult::bench
