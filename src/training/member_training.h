// One ensemble member of a detector: its network from random initial weights to the fixed mixture, and the same network
// without the gradient steps. Free of libtorch's headers. Internal to the library. Thread rule: one call, one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/progress.h"
#include "model/dagmm.h"
#include "training/ablation.h"
#include "training/trainer.h"

namespace auscult {

struct MemberTask {
  std::string name;  ///< of the detector, for progress and errors
  const DagmmConfig& config;
  std::span<const double> rows;  ///< standardized, row-major
  int width = 0;
  const FaultTemplates& templates;
  std::uint64_t seed = 1;
  std::int64_t total_steps = 0;                    ///< of all members, for progress
  std::span<const std::int32_t> groups = {};       ///< FeatureMatrix::groups
  std::span<const std::size_t> cross_fitted = {};  ///< rows whose cross-fitted energies are needed
  EnergyKind energy = EnergyKind::dagmm;           ///< the only one needed of cross_fitted
  Densities densities = Densities::all;
};
/// Adds to the report. Errors: training_diverged, canceled.
Result<TrainedMember> train_member(const MemberTask& task, const JobControl& control, TrainingReport& report);

}  // namespace auscult
