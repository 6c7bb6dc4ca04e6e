// Any bytes as a safetensors file: an error or a consistent file, never a crash. Writing and reading it again gives the
// same content.
#include <cstdlib>
#include <string>

#include "model/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto file = auscult::parse_safetensors(std::string(reinterpret_cast<const char*>(data), size));
  if (!file) {
    if (file.error().what.empty() || file.error().what.size() > (1U << 21U)) std::abort();
    return 0;
  }
  for (const auto& [name, tensor] : file->tensors) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    if (static_cast<std::size_t>(elements) != tensor.values.size()) std::abort();
  }
  const auto again = auscult::parse_safetensors(auscult::write_safetensors(*file));
  if (!again || again->metadata != file->metadata || again->tensors.size() != file->tensors.size()) std::abort();
  return 0;
}
