// Version 2 of the simulator has the safeguards of version 1: loudness tells nothing about the label, and simple
// statistics neither solve the task nor fail at it. That the speed varies where it should is tested here too.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/simulator_bounds.h"
#include "detect/metrics.h"
#include "simulate/machine_clip.h"

namespace auscult {
namespace {

using namespace bench;

constexpr std::array<MachineFamily, 3> kFamilies = {MachineFamily::pump, MachineFamily::fan, MachineFamily::gearbox};
constexpr std::array<Operation, 2> kOperations = {Operation::steady, Operation::variable};

PumpClip render(MachineClipRequest request, double seconds, double snr_db = 6.0) {
  request.clip.seconds = seconds;
  request.clip.channels = 1;
  request.clip.snr_db = snr_db;
  return render_machine_clip(request);
}

MachineClipRequest normal(MachineFamily family, Operation operation, int i) {
  return {family, operation, normal_clip(0, i)};
}

std::string name_of(MachineFamily family, Operation operation) {
  return std::string(to_string(operation)) + " " + to_string(family);
}

TEST(MachineBounds, ALevelMeterCannotTellFaultyFromHealthy) {
  constexpr int kNormals = 30, kPerFault = 11;
  for (const MachineFamily family : kFamilies)
    for (const Operation operation : kOperations) {
      Vector normals;
      for (int i = 0; i < kNormals; ++i) normals.push_back(level(render(normal(family, operation, i), 1.0)));
      std::map<Fault, Vector> faulty;
      const int kinds = static_cast<int>(faults_of(family).size());
      for (int i = 0; i < kPerFault * kinds; ++i) {
        const auto request = abnormal_machine_clip(family, operation, kHeldSeed, 0, i);
        faulty[request.clip.fault].push_back(level(render(request, 1.0)));
      }
      for (const auto& [fault, levels] : faulty) {
        const double auc = roc_auc(normals, levels);
        EXPECT_GE(auc, 0.4) << to_string(fault) << " of a " << name_of(family, operation);
        EXPECT_LE(auc, 0.6) << to_string(fault) << " of a " << name_of(family, operation);
      }
    }
}

TEST(MachineBounds, HealthyRecordingsDifferInLevel) {
  for (const MachineFamily family : kFamilies) {
    Vector levels;
    for (int i = 0; i < 20; ++i) levels.push_back(level(render(normal(family, Operation::steady, i), 0.5)));
    const auto [low, high] = std::minmax_element(levels.begin(), levels.end());
    EXPECT_GT(20.0 * std::log10(*high / *low), 2.0) << to_string(family);
  }
}

// A machine on an inverter differs from recording to recording by more than one on the mains.
TEST(MachineBounds, VariableMachinesVaryMore) {
  for (const MachineFamily family : kFamilies) {
    const auto spread = [&](Operation operation) {
      std::vector<Vector> means;
      for (int i = 0; i < 24; ++i) means.push_back(mean_log_mel(render(normal(family, operation, i), 2.0, 20.0)));
      const Standardiser scale(means);
      double sum = 0.0;
      for (const double deviation : scale.deviation) sum += deviation;
      return sum / static_cast<double>(scale.deviation.size());
    };
    EXPECT_GT(spread(Operation::variable), spread(Operation::steady)) << to_string(family);
  }
}

// Severities cover the range: the strongest faults are far from the healthy recordings, the weakest are not.
TEST(MachineBounds, FaultsReachFromUndetectableToObvious) {
  constexpr int kTraining = 60, kTest = 12;
  for (const MachineFamily family : kFamilies) {
    std::vector<Vector> training;
    for (int i = 0; i < kTraining; ++i)
      training.push_back(mean_log_mel(render(normal(family, Operation::steady, kTest + i), 4.0)));
    const Standardiser standardise(training);
    for (Vector& x : training) x = standardise(x);
    const Mahalanobis mahalanobis(training);
    const auto score = [&](const MachineClipRequest& request) {
      return mahalanobis(standardise(mean_log_mel(render(request, 4.0))));
    };
    Vector healthy;
    for (int i = 0; i < kTest; ++i) healthy.push_back(score(normal(family, Operation::steady, i)));
    std::array<Vector, 2> faulty;
    for (int i = 0; i < 2 * static_cast<int>(faults_of(family).size()); ++i)
      for (const bool strong : {false, true}) {
        MachineClipRequest request = abnormal_machine_clip(family, Operation::steady, kHeldSeed, 0, i);
        request.clip.severity = strong ? 1.0 : 0.0;
        faulty[strong].push_back(score(request));
      }
    EXPECT_LT(roc_auc(healthy, faulty[0]), 0.8) << to_string(family);
    EXPECT_GT(roc_auc(healthy, faulty[1]), 0.85) << to_string(family);
  }
}

}  // namespace
}  // namespace auscult
