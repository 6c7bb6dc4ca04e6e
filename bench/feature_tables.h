// Tables of feature vectors, one row per clip: a preset's detectors on them, calibrated as for recordings, and the
// controls on the same input. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

#include "bench.h"
#include "model/preset.h"
#include "paper/table.h"

namespace auscult::bench {

struct FeatureTableOptions : TableOptions {
  std::string preset = "monitor";
};

/// One machine at one signal-to-noise ratio; rows of a label in the order of the recordings.
struct MachineTable {
  std::string level, machine;  ///< "6dB", "id_00"
  Table table;
};

/// add_table_options and --preset.
void add_feature_table_options(CLI::App& command, FeatureTableOptions& options);

/// The preset's detectors for window statistics: a clip's statistics are such, stacked frames are not. Errors: those of
/// load_preset, usage (it has none).
Result<Preset> statistics_preset(const FeatureTableOptions& options);

/// Trains and tests every seed on every table by MIMII's split and prints the result; `note` says what was left out of
/// the preset. Returns the exit code.
int run_feature_tables(const std::vector<MachineTable>& tables, const Preset& preset,
                       const FeatureTableOptions& options, const std::string& note, BenchContext& context);

}  // namespace auscult::bench
