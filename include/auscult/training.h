// Trains a model on recordings of normal sound, as `auscult train` does. Needs libtorch: CMake target
// auscult::training. Thread rule: one training at a time per process, on the calling thread and internal helper
// threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "auscult/model.h"

namespace auscult {

struct TrainingOptions {
  std::string preset = "monitor";  ///< a shipped preset by name, or a preset file by path
  /// Analyze up to 48 or 96 kHz, which needs recordings of at least 96 kHz. Without it, the preset's frequencies (the
  /// default: up to 8 kHz), and of slower recordings all that they have.
  bool high_band = false;
  std::uint64_t seed = 1;  ///< the same recordings, preset and seed give the same model
  int threads = 2;         ///< does not affect the result
  std::string machine;     ///< for the model's description; may be empty
};

/// `recordings`: folders, searched recursively, or files. All of them must be normal sound of one machine. Errors:
/// usage or bad_input (the preset, or recordings too slow for it), empty_input, not_enough_data, training_diverged; the
/// first file's error if no file can be used.
Result<std::shared_ptr<const Model>> train_on_recordings(const std::vector<std::filesystem::path>& recordings,
                                                         const TrainingOptions& options = {});

}  // namespace auscult
