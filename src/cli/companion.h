// Commands that train run in a separate program, `auscult-train`, which alone links the training code. Their names and
// descriptions are defined here, so that `auscult --help` lists them without it. Thread rule: the main thread.
#pragma once

#include "commands.h"

namespace auscult::cli {

struct TrainingCommand {
  const char* name;
  const char* description;
};
inline constexpr TrainingCommand kTrain = {.name = "train",
                                           .description = "Train a model on recordings of normal sound"};
inline constexpr TrainingCommand kRefit = {.name = "refit",
                                           .description = "Retrain a model on its recordings and on false alarms"};
inline constexpr TrainingCommand kBenchmark = {
    .name = "benchmark", .description = "Train and evaluate a model for every machine of a tree, with controls"};

/// Adds `command` and leaves all its arguments, --help included, to auscult-train: running it replaces this process by
/// that program with the same `argv`, so that exit codes, signals and output are that program's. If the program is
/// missing, an error is reported (program_missing). `argv` ends with a null pointer and must live as long as the
/// context.
void add_companion_command(CLI::App& app, CommandContext& context, const TrainingCommand& command, char** argv);

}  // namespace auscult::cli
