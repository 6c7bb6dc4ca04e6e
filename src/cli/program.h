// What every command-line program does around its work: parse, stop on Ctrl-C, catch exceptions, and never report
// success if output was lost. Thread rule: once, from main.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "base/progress.h"

namespace auscult::cli {

/// Parses, then calls `run` (set during parsing) and returns the exit code. The first Ctrl-C sets `cancel`, so that the
/// work stops at its next safe point; the second one ends the process at once. SIGTERM and SIGHUP (unless ignored, as
/// under nohup) do as the first Ctrl-C. So does the end of the program that reads standard output; the exit code is
/// that of output that cannot be written.
int run_program(CLI::App& app, int argc, char** argv, CancelFlag& cancel, const std::function<int()>& run);

}  // namespace auscult::cli
