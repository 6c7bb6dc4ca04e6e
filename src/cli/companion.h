// The commands that train run in a program of their own, `auscult-train`, which alone links the training code. Their
// names and descriptions stand here once, so that `auscult --help` lists them without it. Thread rule: the main thread.
#pragma once

#include "commands.h"

namespace auscult::cli {

struct TrainingCommand {
  const char* name;
  const char* description;
};
inline constexpr TrainingCommand kTrain = {.name = "train",
                                           .description = "Learn what normal sounds like from recordings"};
inline constexpr TrainingCommand kRefit = {
    .name = "refit", .description = "Let a model learn false alarms, with the recordings that it knows"};
inline constexpr TrainingCommand kBenchmark = {
    .name = "benchmark", .description = "Train and evaluate on every machine of a tree, controls included"};

/// Adds `command` as one whose arguments, --help included, are left to auscult-train: running it replaces this process
/// by that program with the same `argv`, so that exit codes, signals and output are its own. When that program is not
/// there, an error is reported (program_missing). `argv` ends with a null pointer and must live as long as the context.
void add_companion_command(CLI::App& app, CommandContext& context, const TrainingCommand& command, char** argv);

}  // namespace auscult::cli
