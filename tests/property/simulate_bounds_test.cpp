// Whoever writes the simulator decides who wins, so its own bounds are tests: loudness tells nothing about the label,
// and simple statistics of the log-mel spectrogram neither solve the task nor fail at it.
#include "auscult/detect/metrics.h"
#include "auscult/dsp/log_mel_frontend.h"
#include "auscult/simulate/pump.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace auscult {
namespace {

using Vector = std::vector<double>;

constexpr std::uint64_t kHeldSeed = 424242;  // no part in the calibration of the simulator
constexpr int kMachines = 2;

PumpClip render(PumpClipRequest request, double snr_db, double seconds) {
  request.snr_db = snr_db;
  request.seconds = seconds;
  request.channels = 1;
  return render_pump_clip(request);
}

PumpClipRequest normal_clip(int machine, int i) {
  PumpClipRequest request;
  request.seed = kHeldSeed;
  request.machine = machine;
  request.index = i;
  return request;
}

double level(const PumpClip& clip) {
  double sum = 0.0;
  for (const float sample : clip.interleaved) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(clip.interleaved.size()));
}

Vector mean_log_mel(const PumpClip& clip) {
  LogMelFrontend frontend{FrontendConfig{}};
  Vector mean(static_cast<std::size_t>(frontend.config().n_mels));
  double frames = 0.0;
  frontend.push(clip.interleaved, [&](const FrameView& frame) {
    for (std::size_t b = 0; b < mean.size(); ++b) mean[b] += frame.log_mel[b];
    frames += 1.0;
  });
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
    for (std::size_t b = 0; b < z.size(); ++b) z[b] = (x[b] - mean[b]) / deviation[b];
    return z;
  }
};

double squared_norm(const Vector& z) {
  double sum = 0.0;
  for (const double v : z) sum += v * v;
  return sum;
}

// Cholesky factor of the covariance of z, shrunk by a tenth towards the identity; distance by forward substitution.
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

// For every kind of fault and every SNR of MIMII, on each machine alone and on all of them.
TEST(SimulatorBounds, ALevelMeterCannotTellFaultyFromHealthy) {
  constexpr int kNormals = 40, kPerFault = 11;
  for (const double snr_db : {6.0, 0.0, -6.0}) {
    Vector all_normals;
    std::array<Vector, kFaults.size()> all_faulty;
    for (int machine = 0; machine < kMachines; ++machine) {
      Vector normals;
      std::array<Vector, kFaults.size()> faulty;
      for (int i = 0; i < kNormals; ++i) normals.push_back(level(render(normal_clip(machine, i), snr_db, 1.5)));
      for (int i = 0; i < kPerFault * static_cast<int>(kFaults.size()); ++i)
        faulty[static_cast<std::size_t>(i) % kFaults.size()].push_back(
            level(render(abnormal_clip(kHeldSeed, machine, i), snr_db, 1.5)));
      for (std::size_t kind = 0; kind < kFaults.size(); ++kind) {
        const double auc = roc_auc(normals, faulty[kind]);
        EXPECT_GE(auc, 0.4) << to_string(kFaults[kind]) << " of machine " << machine << " at " << snr_db << " dB";
        EXPECT_LE(auc, 0.6) << to_string(kFaults[kind]) << " of machine " << machine << " at " << snr_db << " dB";
        all_faulty[kind].insert(all_faulty[kind].end(), faulty[kind].begin(), faulty[kind].end());
      }
      all_normals.insert(all_normals.end(), normals.begin(), normals.end());
    }
    for (std::size_t kind = 0; kind < kFaults.size(); ++kind) {
      const double auc = roc_auc(all_normals, all_faulty[kind]);
      EXPECT_GE(auc, 0.4) << to_string(kFaults[kind]) << " at " << snr_db << " dB";
      EXPECT_LE(auc, 0.6) << to_string(kFaults[kind]) << " at " << snr_db << " dB";
    }
  }
}

TEST(SimulatorBounds, HealthyRecordingsDifferInLevel) {
  double lowest = 1.0, highest = 0.0;
  for (int i = 0; i < 20; ++i) {
    const double value = level(render(normal_clip(0, i), 6.0, 1.0));
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  EXPECT_GT(20.0 * std::log10(highest / lowest), 2.0);
}

// At 6 dB the best of the simple controls stays below .97, and it is far from guessing.
TEST(SimulatorBounds, SimpleControlsNeitherSolveTheTaskNorFailAtIt) {
  constexpr int kTraining = 80, kTest = 36;
  double template_auc = 0.0, mahalanobis_auc = 0.0;
  for (int machine = 0; machine < kMachines; ++machine) {
    std::vector<Vector> training;
    for (int i = 0; i < kTraining; ++i)
      training.push_back(mean_log_mel(render(normal_clip(machine, kTest + i), 6.0, 10.0)));
    const Standardiser standardise(training);
    for (Vector& x : training) x = standardise(x);
    const Mahalanobis mahalanobis(training);
    std::array<Vector, 2> template_scores, mahalanobis_scores;  // normal, abnormal
    for (int i = 0; i < 2 * kTest; ++i) {
      const bool abnormal = i >= kTest;
      const Vector z = standardise(mean_log_mel(
          render(abnormal ? abnormal_clip(kHeldSeed, machine, i - kTest) : normal_clip(machine, i), 6.0, 10.0)));
      template_scores[abnormal].push_back(squared_norm(z));
      mahalanobis_scores[abnormal].push_back(mahalanobis(z));
    }
    template_auc += roc_auc(template_scores[0], template_scores[1]) / kMachines;
    mahalanobis_auc += roc_auc(mahalanobis_scores[0], mahalanobis_scores[1]) / kMachines;
  }
  RecordProperty("template_auc", std::to_string(template_auc));
  RecordProperty("mahalanobis_auc", std::to_string(mahalanobis_auc));
  EXPECT_GT(template_auc, 0.6);
  EXPECT_LT(template_auc, 0.97);
  EXPECT_GT(mahalanobis_auc, 0.75);
  EXPECT_LT(mahalanobis_auc, 0.97);
}

}  // namespace
}  // namespace auscult
