// The safetensors container: u64 header length, JSON header, raw little-endian tensors. Reading validates everything.
// Thread rule: free functions.
#pragma once

#include <string>

#include "auscult/error.h"
#include "model/tensors.h"

namespace auscult {

struct SafetensorsFile {
  TensorMap tensors;
  std::string metadata;  ///< text under __metadata__.auscult
};

/// Equal contents give equal bytes.
std::string write_safetensors(const SafetensorsFile& file);
/// Accepts F32 and F64 tensors. Errors: model_damaged, with the reason: header over 1 MiB, holes, overlap, a shape that
/// does not match its bytes, non-finite values, trailing bytes.
Result<SafetensorsFile> parse_safetensors(const std::string& bytes);

}  // namespace auscult
