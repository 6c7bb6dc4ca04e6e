// The safetensors container: u64 header length, JSON header, raw little-endian tensors. Internal to the module.
// Reading trusts nothing. Thread rule: free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

/// Row-major.
struct NamedTensor {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  bool single = false;  ///< F32 in the file: for values that are float32 numbers already
};
using TensorMap = std::map<std::string, NamedTensor>;

struct SafetensorsFile {
  TensorMap tensors;
  std::string metadata;  ///< text under __metadata__.auscult
};

/// Equal contents give equal bytes.
std::string write_safetensors(const SafetensorsFile& file);
/// Accepts F32 and F64 tensors. Errors: model_damaged, saying what: header over 1 MiB, holes, overlap, a shape that does
/// not match its bytes, non-finite values, trailing bytes.
Result<SafetensorsFile> parse_safetensors(const std::string& bytes);

}  // namespace auscult
