// Any text as a preset: an error that says something, or a preset that its own text gives again.
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/preset.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto preset = auscult::parse_preset(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!preset) {
    if (preset.error().what.empty()) std::abort();
    return 0;
  }
  const std::string text = auscult::to_json(*preset);
  const auto again = auscult::parse_preset(text);
  if (!again || auscult::to_json(*again) != text) std::abort();
  return 0;
}
