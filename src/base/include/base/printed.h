// printf into a string. Thread rule: free function, no state.
#pragma once

#include <cstdio>
#include <string>

namespace auscult {

/// The values in `format` of printf, which must be a literal: the compiler cannot check it here.
template <class... Values>
std::string printed(const char* format, Values... values) {
  const int length = std::snprintf(nullptr, 0, format, values...);
  std::string text(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  std::snprintf(text.data(), text.size() + 1, format, values...);
  return text;
}

}  // namespace auscult
