// Gradient descent as every training of the module does it: Adam, rows shuffled anew each epoch, norm clipping, a named stop
// on NaN. What is minimised is the caller's, so that ablations differ from the DAGMM in nothing else.
// Internal to the module (libtorch). Thread rule: one call, one thread; same input, same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "base/progress.h"
#include "model/trainer.h"
#include "dagmm.h"

namespace auscult {

/// SplitMix64: neighbouring seeds give unrelated streams.
std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t stream);

std::int64_t batches_per_epoch(std::int64_t rows, int batch);
/// The configuration's epochs, cut where max_steps asks for it.
std::int64_t epochs_of(const DagmmConfig& config, std::int64_t rows);

/// The value to minimise on one batch of rows; randomness (dropout, corruption) is drawn from the generator.
using BatchObjective = std::function<Result<Objective>(const torch::Tensor& batch, const c10::optional<at::Generator>& generator)>;

/// Where a descent reports its progress: steps are counted in `report` towards total_steps.
struct DescentProgress {
  std::string name;               ///< of what is trained
  std::int64_t total_steps = 0;
  const JobControl& control;
  TrainingReport& report;
  std::function<bool(std::int64_t epoch)> stop_after = {};  ///< asked after each epoch, where it is set; true ends the descent
};

/// Gradient steps on `leaves`, in place; with single_precision in float32, and float64 again afterwards. Errors: training_diverged (naming the step), cancelled.
Status descend(std::vector<torch::Tensor> leaves, const BatchObjective& minimise, const DagmmConfig& config, const torch::Tensor& rows,
               std::uint64_t seed, const DescentProgress& progress);

}  // namespace auscult
