// A trained model as one opaque value: everything needed to reproduce its scores. Immutable; any number of threads may
// share it by std::shared_ptr<const Model>.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "auscult/error.h"

namespace auscult {

struct Model;

/// Reads and fully validates a model file. Errors: file_not_found, model_damaged (with the reason), model_schema.
Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path);

/// Writes a safetensors file atomically; equal models give equal bytes. Errors: write_failed.
Status save_model(const Model& model, const std::filesystem::path& path);

/// As JSON: preset, detectors, thresholds, level range and training sound; everything except the tensors.
std::string describe_json(const Model& model);

}  // namespace auscult
