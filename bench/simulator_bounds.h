// How well loudness and simple statistics detect faults of simulated pumps: shared by the test that enforces the
// simulator's bounds and by `auscult-bench simulator`, which prints them. Recordings are rendered in memory, one
// channel. Thread rule: free functions and plain values. Levels are linear RMS, log-mels in dB.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/standardization.h"
#include "scoring/feature_stream.h"
#include "simulate/pump.h"

namespace auscult::bench {

using Vector = std::vector<double>;

inline constexpr std::uint64_t kHeldSeed = 424242;  // not used in the calibration of the simulator

inline PumpClip render(PumpClipRequest request, double snr_db, double seconds) {
  request.snr_db = snr_db;
  request.seconds = seconds;
  request.channels = 1;
  return render_pump_clip(request);
}

inline PumpClipRequest normal_clip(int machine, int i, std::uint64_t seed = kHeldSeed) {
  PumpClipRequest request;
  request.seed = seed;
  request.machine = machine;
  request.index = i;
  return request;
}

inline double level(const PumpClip& clip) {
  double sum = 0.0;
  for (const float sample : clip.interleaved) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(clip.interleaved.size()));
}

inline Vector mean_log_mel(const PumpClip& clip) {
  const FrontendConfig frontend;
  FeatureStream stream(frontend);
  Vector mean(static_cast<std::size_t>(frontend.n_mels));
  double frames = 0.0;
  stream.push_samples(clip.interleaved, {.hop = [&](const FeatureHop& hop) {
                        for (std::size_t b = 0; b < mean.size(); ++b) mean[b] += hop.frame->log_mel[b];
                        frames += 1.0;
                      }});
  for (double& value : mean) value /= frames;
  return mean;
}

// z-scores of each band against the training clips, so that both controls below are sums of squares.
struct Standardiser {
  Vector mean, deviation;
  explicit Standardiser(const std::vector<Vector>& training) : mean(training.front().size()), deviation(mean.size()) {
    const auto n = static_cast<double>(training.size());
    for (const Vector& x : training)
      for (std::size_t b = 0; b < mean.size(); ++b) mean[b] += x[b] / n;
    for (const Vector& x : training)
      for (std::size_t b = 0; b < mean.size(); ++b) deviation[b] += (x[b] - mean[b]) * (x[b] - mean[b]) / n;
    for (double& d : deviation) d = std::sqrt(d) + 1e-9;
  }
  Vector operator()(const Vector& x) const {
    Vector z(x.size());
    for (std::size_t b = 0; b < z.size(); ++b) z[b] = standard_score(x[b], mean[b], deviation[b]);
    return z;
  }
};

inline double squared_norm(const Vector& z) {
  double sum = 0.0;
  for (const double v : z) sum += v * v;
  return sum;
}

// Cholesky factor of the covariance of z, shrunk by a tenth toward the identity; distance by forward substitution.
class Mahalanobis {
 public:
  explicit Mahalanobis(const std::vector<Vector>& training) : n_(training.front().size()), factor_(n_ * n_) {
    Vector covariance(n_ * n_);
    for (const Vector& z : training)
      for (std::size_t i = 0; i < n_; ++i)
        for (std::size_t j = 0; j <= i; ++j)
          covariance[i * n_ + j] += z[i] * z[j] / static_cast<double>(training.size());
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = 0.9 * covariance[i * n_ + j] + (i == j ? 0.1 : 0.0);
        for (std::size_t k = 0; k < j; ++k) sum -= factor_[i * n_ + k] * factor_[j * n_ + k];
        factor_[i * n_ + j] = i == j ? std::sqrt(sum) : sum / factor_[j * n_ + j];
      }
  }
  double operator()(const Vector& z) const {
    Vector y(n_);
    for (std::size_t i = 0; i < n_; ++i) {
      double sum = z[i];
      for (std::size_t k = 0; k < i; ++k) sum -= factor_[i * n_ + k] * y[k];
      y[i] = sum / factor_[i * n_ + i];
    }
    return squared_norm(y);
  }

 private:
  std::size_t n_;
  Vector factor_;
};

}  // namespace auscult::bench
