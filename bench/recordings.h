// Shared by the tables that are computed from recordings: options, presets, a scratch folder, and printing.
// Thread rule: the main thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench.h"
#include "evaluation/benchmark.h"

namespace auscult::bench {

struct RecordingOptions : TableOptions {
  std::vector<std::string> presets = {"monitor"};
  int threads = 2;
  std::optional<int> epochs;
  std::vector<std::string> only, without;  ///< names of detectors
  std::optional<int> recordings;           ///< normal recordings to train on, evenly chosen
};

/// add_table_options, --preset (repeatable), --threads, --epochs, --only, --without and --recordings.
void add_recording_options(CLI::App& command, RecordingOptions& options, int default_seeds);

/// With the detectors that the options choose. Errors: those of load_preset, usage (no detector is left).
Result<std::vector<Preset>> load_presets(const RecordingOptions& options);

/// The recordings of one folder with a label, without what their names say about machine and group. Errors: those of
/// index_clips.
Result<std::vector<Clip>> labelled_recordings(const std::filesystem::path& folder, Label label);

/// Runs the benchmark with a progress bar and prints its table or JSON; prints `note` below the table. Returns the exit
/// code.
int print_benchmark(std::vector<BenchmarkTask> tasks, const RecordingOptions& options, BenchContext& context,
                    const std::string& note, const std::function<void(Evaluation&)>& judged = {});

/// A new folder below the system's temporary folder; the destructor removes it with its content.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace auscult::bench
