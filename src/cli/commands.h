// The subcommands, one per file in this folder. add_X() declares the options and help on the application and stores the
// action in `context.run`, to be called once the whole command line has been parsed.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "base/progress.h"

namespace auscult::cli {

struct CommandContext {
  /// Set by the callback of the chosen subcommand. Returns the exit code and reports its own errors with report().
  std::function<int()> run;
  /// Set by Ctrl-C.
  CancelFlag cancel;
};

void add_simulate(CLI::App& app, CommandContext& context);
void add_train(CLI::App& app, CommandContext& context);
void add_refit(CLI::App& app, CommandContext& context);
void add_adapt(CLI::App& app, CommandContext& context);
void add_score(CLI::App& app, CommandContext& context);
void add_merge(CLI::App& app, CommandContext& context);
void add_evaluate(CLI::App& app, CommandContext& context);
void add_benchmark(CLI::App& app, CommandContext& context);
void add_listen(CLI::App& app, CommandContext& context);
void add_features(CLI::App& app, CommandContext& context);
void add_devices(CLI::App& app, CommandContext& context);
void add_serve(CLI::App& app, CommandContext& context);
void add_status(CLI::App& app, CommandContext& context);
void add_events(CLI::App& app, CommandContext& context);
void add_inspect(CLI::App& app, CommandContext& context);

}  // namespace auscult::cli
