// What `train` and `refit` share: the output file, and the reporting of progress and results. Thread rule: the main
// thread.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.h"
#include "training/refit.h"

namespace auscult::cli {

struct TrainingRun {
  std::string output, progress = "bar";
  bool json = false, end_with_stdin = false;
};

/// Adds -o, --json, --progress and --end-with-stdin.
void add_run_options(CLI::App& command, TrainingRun& run);

/// Reports an error to people, and before that as a line of JSON if a program reads the output. Returns the exit code.
int report(const TrainingRun& run, const Error& error);

/// Checks before a long training that the output can be written, and arranges to end with the parent program if
/// requested.
Status prepare(const TrainingRun& run, CommandContext& context);

/// The training itself. A first training has no effects to report.
using TrainFunction = std::function<Result<RefitOutcome>(const JobControl& control,
                                                         const std::function<void(const LossPoint&)>& on_loss)>;

/// Trains, saves, prints. Returns the exit code.
int run_training(const TrainingRun& run, CommandContext& context, const TrainFunction& train);

}  // namespace auscult::cli
