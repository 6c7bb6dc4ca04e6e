// Timings that take turns: in every round each contender does its work once, so that ratios within a round hold while
// the computer's speed changes. Thread rule: the main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "auscult/error.h"
#include "bench.h"

namespace auscult::bench {

struct TimingOptions {
  int rounds = 7;
  bool quick = false;  ///< tiny sizes: shows that everything runs; the figures mean nothing
  bool json = false;
  bool peers = true;  ///< other people's programs, where they are installed
};

/// --rounds, --quick, --no-peers and --json.
void add_timing_options(CLI::App& command, TimingOptions& options);

struct Contender {
  std::string name;
  /// auscult; reference: fixed plain C++ work, to which a stored result is compared; peer: another program.
  std::string role;
  std::function<Result<double>()> measure;  ///< one round, in the contest's unit; smaller is better
};

/// What a row of the table says. Spreads are quartiles over the rounds, of three rounds or fewer the extremes.
struct Spread {
  double median = 0.0, low = 0.0, high = 0.0;
};
Spread spread_of(std::vector<double> values);

struct Contest {
  std::string name, unit;
  std::vector<Contender> contenders = {};  ///< the first is the one that others are compared with
  std::vector<std::pair<std::string, std::string>> skipped = {};  ///< name and reason
};

/// Measures and prints: a table, or with --json one object
/// {"bench", "unit", "rounds", "quick", "rows": [{"name", "role", "median", "low", "high", "ratio": {"median", "low",
/// "high"}, "to_reference": the same}], "skipped": [{"name", "why"}]}. `ratio` is the contender's time divided by the
/// first one's in the same round: above 1, the first is faster. Returns the exit code.
int run_contest(const Contest& contest, const TimingOptions& options, BenchContext& context);

}  // namespace auscult::bench
