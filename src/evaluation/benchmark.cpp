#include "evaluation/benchmark.h"

#include <chrono>
#include <utility>

#include "dataset/split.h"

namespace auscult {
namespace {

Error of_machine(Error error, const std::string& machine) {
  error.context = machine + (error.context.empty() ? "" : ": " + error.context);
  return error;
}

Result<Evaluation> one_training(const BenchmarkTask& task, const BenchmarkOptions& options, const Preset& preset,
                                int seed, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(
      const TrainedModel trained,
      options.train({task.train, task.machine, preset, static_cast<std::uint64_t>(seed), options.threads}, control));
  AUSCULT_TRY_ASSIGN(Evaluation evaluation, evaluate_model(trained.model, task.test, options.threads, control));
  evaluation.skipped.insert(evaluation.skipped.end(), trained.skipped.begin(), trained.skipped.end());
  return evaluation;
}

// "monitor, 6dB/pump/id_00 (2 of 12), seed 3, training"; parts that do not vary are omitted.
std::string stage_of(const BenchmarkOptions& options, const Preset& preset, const BenchmarkTask& task,
                     std::size_t number, std::size_t tasks, int seed) {
  std::string stage;
  if (options.presets.size() > 1) stage += preset.name + ", ";
  if (tasks > 1) stage += task.machine + " (" + std::to_string(number + 1) + " of " + std::to_string(tasks) + "), ";
  if (options.seeds > 1) stage += "seed " + std::to_string(seed) + ", ";
  return stage;
}

// One preset's machines in one table per seed; a machine that fails is left out of all tables.
Result<Evaluation> one_preset(const std::vector<BenchmarkTask>& tasks, const BenchmarkOptions& options,
                              const Preset& preset, const JobControl& control,
                              const std::function<void(Evaluation&)>& judged, std::vector<Error>& left_out) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::vector<Evaluation>> by_seed(static_cast<std::size_t>(options.seeds));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::vector<Evaluation> trainings;
    for (int seed = 1; seed <= options.seeds; ++seed) {
      const auto progress = [&](const Progress& p) {
        Progress named = p;
        named.stage = stage_of(options, preset, tasks[i], i, tasks.size(), seed) + p.stage;
        control.report(named);
      };
      auto training = one_training(tasks[i], options, preset, seed, {progress, control.cancel});
      if (!training && training.error().code == ErrorCode::cancelled) return training;
      if (!training) {
        left_out.push_back(of_machine(training.error(), tasks[i].machine));
        break;
      }
      if (judged) judged(*training);
      trainings.push_back(std::move(*training));
    }
    if (trainings.size() < by_seed.size()) continue;
    for (std::size_t seed = 0; seed < by_seed.size(); ++seed) by_seed[seed].push_back(std::move(trainings[seed]));
  }
  if (by_seed.front().empty()) return tl::unexpected(left_out.back());
  std::vector<Evaluation> seeds;
  for (const auto& machines : by_seed) seeds.push_back(combine_machines(machines));
  Evaluation all = combine_seeds(seeds);
  all.preset = preset.name;
  all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return all;
}

}  // namespace

Result<std::vector<BenchmarkTask>> benchmark_tasks(const std::vector<Clip>& clips, std::vector<Error>& left_out) {
  std::vector<BenchmarkTask> tasks;
  for (const Machine& machine : group_by_machine(clips)) {
    auto split = split_machine(machine.clips);
    if (split)
      tasks.push_back({machine.key, std::move(split->train), std::move(split->test)});
    else
      left_out.push_back(of_machine(split.error(), machine.key));
  }
  if (tasks.empty()) {
    if (!left_out.empty()) return tl::unexpected(left_out.front());
    return fail(ErrorCode::not_enough_data, "no machine has labeled recordings", {},
                "each machine needs normal and abnormal recordings");
  }
  return tasks;
}

Result<BenchmarkResult> run_benchmark(const std::vector<BenchmarkTask>& tasks, const BenchmarkOptions& options,
                                      const JobControl& control, const std::function<void(Evaluation&)>& judged) {
  BenchmarkResult result;
  std::vector<Evaluation> presets;
  for (const Preset& preset : options.presets) {
    AUSCULT_TRY_ASSIGN(presets.emplace_back(), one_preset(tasks, options, preset, control, judged, result.left_out));
  }
  result.evaluation = combine_presets(presets);
  return result;
}

}  // namespace auscult
