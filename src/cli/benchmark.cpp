// auscult benchmark: every machine of a tree: split, train, evaluate with controls, one table.
#include <cstdio>
#include <filesystem>

#include "auscult/dataset/split.h"
#include "auscult/engine/evaluation.h"
#include "auscult/engine/train_job.h"
#include "commands.h"
#include "console.h"

namespace auscult::cli {
namespace {

struct BenchmarkOptions {
  std::vector<std::string> data;
  std::string preset = "monitor", machine_type, machine_id;
  int seeds = 1, epochs = -1, threads = 2;
  bool json = false;
};

Result<Evaluation> benchmark_machine(const BenchmarkOptions& options, const Preset& preset, const Machine& machine, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(const Split split, split_machine(machine.clips));
  std::vector<Evaluation> trainings;
  for (int seed = 1; seed <= options.seeds; ++seed) {
    TrainRequest request;
    request.clips = split.train;
    request.preset = preset;
    request.seed = static_cast<std::uint64_t>(seed);
    request.threads = options.threads;
    request.machine = machine.key;
    AUSCULT_TRY_ASSIGN(const TrainOutcome outcome, train_model(request, control));
    AUSCULT_TRY_ASSIGN(trainings.emplace_back(), evaluate_model(outcome.model, split.test, 0, control));
    auto& skipped = trainings.back().skipped;
    skipped.insert(skipped.end(), outcome.skipped.begin(), outcome.skipped.end());
  }
  return combine_seeds(trainings);
}

int run_benchmark(const BenchmarkOptions& options, CommandContext& context) {
  auto preset = load_preset(options.preset);
  if (!preset) return report(preset.error());
  if (options.epochs >= 0)
    for (DetectorConfig& detector : preset->detectors) detector.dagmm.epochs = options.epochs;
  IndexOptions index;
  index.machine_type = options.machine_type;
  index.machine_id = options.machine_id;
  auto clips = index_clips({options.data.begin(), options.data.end()}, index);
  if (!clips) return report(clips.error());

  ProgressBar bar;
  const auto machines = group_by_machine(*clips);
  std::vector<Evaluation> evaluations;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const std::string prefix = machines.size() > 1 ? machines[i].key + " (" + std::to_string(i + 1) + " of " + std::to_string(machines.size()) + "), " : "";
    const auto progress = [&](const Progress& p) {
      Progress named = p;
      named.stage = prefix + p.stage;
      bar.update(named);
    };
    auto evaluation = benchmark_machine(options, *preset, machines[i], {progress, &context.cancel});
    if (!evaluation && evaluation.error().code == ErrorCode::cancelled) return report(evaluation.error());
    if (!evaluation) {
      bar.close();
      Error error = evaluation.error();
      error.context = machines[i].key + (error.context.empty() ? "" : ": " + error.context);
      if (machines.size() == 1) return report(error);
      std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(error).c_str());
      continue;
    }
    evaluations.push_back(std::move(*evaluation));
  }
  bar.close();
  if (evaluations.empty()) return report({ErrorCode::not_enough_data, "no machine of the tree could be benchmarked", {}, "each needs normal and abnormal recordings; see the warnings above"});
  const Evaluation all = combine_machines(evaluations);
  for (const SkippedFile& file : all.skipped) std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(file.error).c_str());
  const std::string text = options.json ? to_json(all) + "\n" : to_table(all);
  std::fputs(text.c_str(), stdout);
  return evaluations.size() == machines.size() && all.skipped.empty() ? kExitOk : kExitInput;
}

}  // namespace

void add_benchmark(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("benchmark", "Train and evaluate on every machine of a tree, controls included");
  auto options = std::make_shared<BenchmarkOptions>();
  command->add_option("DATA", options->data, "A MIMII or DCASE tree, or parts of one, with normal and abnormal recordings")->required();
  command->add_option("--preset", options->preset, "What the models are made of")->capture_default_str();
  command->add_option("--seeds", options->seeds, "Independent trainings a machine; AUCs are their mean")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--machine-type", options->machine_type, "Only this machine type");
  command->add_option("--machine-id", options->machine_id, "Only this machine");
  command->add_option("--epochs", options->epochs, "Passes over the data, instead of the preset's")->check(CLI::Range(0, 1000000));
  command->add_option("--threads", options->threads, "Threads for training")->capture_default_str()->check(CLI::Range(1, 64));
  command->add_flag("--json", options->json, "Print one JSON object instead of a table");
  command->footer(
      "MIMII's protocol: of each machine the first N normals (N = number of abnormals) and all abnormals test, the rest trains; channel 0.\n"
      "DCASE trees: as their train and test folders say.");
  command->callback([options, &context] { context.run = [options, &context] { return run_benchmark(*options, context); }; });
}

}  // namespace auscult::cli
