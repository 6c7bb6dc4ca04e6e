// What every program on the command line does around its work: parse, stop on Ctrl-C, catch what must not escape, and
// never end as success when its output was lost. Thread rule: once, from main.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "base/progress.h"

namespace auscult::cli {

/// Parses, then calls `run` (which parsing has set) and returns the exit code. The first Ctrl-C sets `cancel`, so that
/// the work stops at its next safe point; the second one ends the process at once.
int run_program(CLI::App& app, int argc, char** argv, CancelFlag& cancel, const std::function<int()>& run);

}  // namespace auscult::cli
