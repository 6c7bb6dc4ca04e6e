// The subcommands of auscult-bench that measure time and memory. Thread rule: the main thread.
#pragma once

#include <memory>

#include "console.h"
#include "timing/contest.h"

namespace auscult::bench {

/// A subcommand with add_timing_options(); with --quick, two rounds.
void add_timing(CLI::App& app, BenchContext& context, const char* name, const char* description,
                int (*run)(const TimingOptions&, BenchContext&));

void add_sound_timings(CLI::App& app, BenchContext& context);    ///< frontend score train
void add_live_timings(CLI::App& app, BenchContext& context);     ///< latency callback
void add_program_timings(CLI::App& app, BenchContext& context);  ///< startup memory window

}  // namespace auscult::bench
