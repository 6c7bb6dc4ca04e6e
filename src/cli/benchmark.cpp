// auscult benchmark: trains and evaluates a model for every machine of a tree, with controls, and prints one table.
#include "evaluation/benchmark.h"

#include <cstdio>
#include <filesystem>
#include <optional>

#include "commands.h"
#include "companion.h"
#include "console.h"
#include "training/train_job.h"

namespace auscult::cli {
namespace {

struct Options {
  std::vector<std::string> data, presets = {"monitor"};
  std::string machine_type, machine_id;
  int seeds = 1, threads = 0;
  std::optional<int> epochs;  ///< overrides the preset's
  bool json = false;
};

Result<BenchmarkOptions> benchmark_options(const Options& options) {
  BenchmarkOptions benchmark;
  benchmark.train = train_for_benchmark;
  benchmark.seeds = options.seeds;
  benchmark.threads = options.threads;
  for (const std::string& name : options.presets) {
    AUSCULT_TRY_ASSIGN(benchmark.presets.emplace_back(), load_preset(name));
    if (!options.epochs) continue;
    for (DetectorConfig& detector : benchmark.presets.back().detectors)
      detector.dagmm.schedule.epochs = *options.epochs;
  }
  return benchmark;
}

int run_command(const Options& options, CommandContext& context) {
  const auto benchmark = benchmark_options(options);
  if (!benchmark) return report(benchmark.error());
  IndexOptions index;
  index.machine_type = options.machine_type;
  index.machine_id = options.machine_id;
  const auto clips = index_clips({options.data.begin(), options.data.end()}, index);
  if (!clips) return report(clips.error());
  std::vector<Error> left_out;
  const auto tasks = benchmark_tasks(*clips, left_out);
  if (!tasks) return report(tasks.error());

  ProgressBar bar;
  const auto result = run_benchmark(*tasks, *benchmark, {bar.function(), &context.cancel});
  bar.close();
  if (!result) return report(result.error());
  left_out.insert(left_out.end(), result->left_out.begin(), result->left_out.end());
  for (const SkippedFile& file : result->evaluation.skipped) left_out.push_back(file.error);
  for (const Error& error : left_out)
    std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(error).c_str());
  const std::string text = options.json ? to_json(result->evaluation) + "\n" : to_table(result->evaluation);
  std::fputs(text.c_str(), stdout);
  return left_out.empty() ? kExitOk : kExitInput;
}

}  // namespace

void add_benchmark(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(kBenchmark.name, kBenchmark.description);
  auto options = std::make_shared<Options>();
  command
      ->add_option("DATA", options->data, "A MIMII or DCASE tree, or parts of one, with normal and abnormal recordings")
      ->required();
  command->add_option("--preset", options->presets, "Preset of the models; repeat it to compare several in one table")
      ->capture_default_str()
      ->allow_extra_args(false);
  command->add_option("--seeds", options->seeds, "Independent trainings per machine; AUCs are their mean")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  command->add_option("--machine-type", options->machine_type, "Only this machine type");
  command->add_option("--machine-id", options->machine_id, "Only this machine");
  command->add_option("--epochs", options->epochs, "Passes over the data, instead of the preset's")
      ->check(CLI::Range(0, 1000000));
  command
      ->add_option("--jobs,--threads", options->threads,
                   "Detectors to train in parallel; 0: one per processor; does not affect the result")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
  command->add_flag("--json", options->json, "Print one JSON object instead of a table");
  command->footer(
      "MIMII's protocol: for each machine, the first N normal clips (N = number of abnormal clips) and all abnormal "
      "clips "
      "are for testing, the rest for training; channel 0.\n"
      "DCASE trees: by their train and test folders.");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_command(*options, context); }; });
}

}  // namespace auscult::cli
