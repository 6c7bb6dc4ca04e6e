// Train, evaluate, repeat: the loop behind `auscult benchmark` and those tables of auscult-bench that start from
// recordings. Thread rule: one at a time per process, as train_model().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "evaluation/evaluation.h"
#include "model/preset.h"

namespace auscult {

/// One machine: training and test clips.
struct BenchmarkTask {
  std::string machine;      ///< for progress, errors and the model
  std::vector<Clip> train;  ///< normal sound, in order of time
  std::vector<Clip> test;   ///< labeled
};

/// The machines among labeled clips, each split by MIMII's or DCASE's protocol. A machine that cannot be split is left
/// out and added to `left_out`. Errors: not_enough_data if none can be split.
Result<std::vector<BenchmarkTask>> benchmark_tasks(const std::vector<Clip>& clips, std::vector<Error>& left_out);

/// One training of a benchmark. Training needs libtorch, evaluation does not, so the caller provides the training
/// function (training/train_job.h has train_for_benchmark()).
struct TrainingTask {
  const std::vector<Clip>& clips;  ///< normal sound, in order of time
  std::string machine;
  const Preset& preset;
  std::uint64_t seed = 1;
  int threads = 2;
};
struct TrainedModel {
  std::shared_ptr<const Model> model;
  std::vector<SkippedFile> skipped;
};
using BenchmarkTrainer = std::function<Result<TrainedModel>(const TrainingTask& task, const JobControl& control)>;

struct BenchmarkOptions {
  BenchmarkTrainer train;
  std::vector<Preset> presets;  ///< at least one; rows carry its name if there are several
  int seeds = 5;                ///< independent trainings per machine: seeds 1, 2, ...
  int threads = 2;              ///< for training and scoring
};

struct BenchmarkResult {
  Evaluation evaluation;
  std::vector<Error> left_out;  ///< machines that could not be trained or evaluated
};

/// Every preset on every machine with every seed. `judged` is called with each training's evaluation before combining,
/// for tables that count rows differently. Errors: canceled; the first machine's error if none can be evaluated.
Result<BenchmarkResult> run_benchmark(const std::vector<BenchmarkTask>& tasks, const BenchmarkOptions& options,
                                      const JobControl& control = {},
                                      const std::function<void(Evaluation&)>& judged = {});

}  // namespace auscult
