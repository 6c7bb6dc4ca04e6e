// The author of a simulator decides which detector is best on it, so its bounds are tests: loudness tells nothing about
// the label, and simple statistics of the log-mel spectrogram neither solve the task nor fail at it.
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/simulator_bounds.h"
#include "detect/metrics.h"
#include "simulate/pump.h"

namespace auscult {
namespace {

using namespace bench;

constexpr int kMachines = 2;

// For every kind of fault and every SNR of MIMII, on each machine separately and on all together.
TEST(PumpBounds, ALevelMeterCannotTellFaultyFromHealthy) {
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

TEST(PumpBounds, HealthyRecordingsDifferInLevel) {
  double lowest = 1.0, highest = 0.0;
  for (int i = 0; i < 20; ++i) {
    const double value = level(render(normal_clip(0, i), 6.0, 1.0));
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  EXPECT_GT(20.0 * std::log10(highest / lowest), 2.0);
}

// At 6 dB the best of the simple controls stays below .97, but far above chance.
TEST(PumpBounds, SimpleControlsNeitherSolveTheTaskNorFailAtIt) {
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
