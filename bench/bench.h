// The tables of auscult-bench: each file in this folder adds one or more of them as subcommands.
// Thread rule: the main thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/progress.h"

namespace auscult::bench {

/// Options of every table.
struct TableOptions {
  std::filesystem::path data;
  int seeds = 0;
  bool json = false;
};

struct BenchContext {
  /// Set by the chosen subcommand's callback; returns the exit code and reports its own errors.
  std::function<int()> run;
  CancelFlag cancel;
};

/// --data (default: $AUSCULT_DATA, else ./data), --seeds and --json.
void add_table_options(CLI::App& command, TableOptions& options, int default_seeds);

void add_tables(CLI::App& app, BenchContext& context);
void add_sweep(CLI::App& app, BenchContext& context);
void add_fan_features(CLI::App& app, BenchContext& context);
void add_mimii_tables(CLI::App& app, BenchContext& context);
void add_recording_sets(CLI::App& app, BenchContext& context);
void add_images(CLI::App& app, BenchContext& context);
void add_simulator(CLI::App& app, BenchContext& context);
void add_machine_hum(CLI::App& app, BenchContext& context);
void add_simulated(CLI::App& app, BenchContext& context);
void add_learning_curve(CLI::App& app, BenchContext& context);
void add_false_alarms(CLI::App& app, BenchContext& context);

}  // namespace auscult::bench
