// Sizes of tests that the environment sets. Test-only, header-only.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace auscult::test {

/// The variable's number, at least 1; `otherwise` where it is not set.
inline int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::max(1, std::atoi(text)) : otherwise;
}

}  // namespace auscult::test
