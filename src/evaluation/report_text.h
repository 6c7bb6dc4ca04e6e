// Text for HTML pages. Private to the module. Thread rule: free functions, no state.
#pragma once

#include <string>

namespace auscult {

std::string escape_html(const std::string& text);

}  // namespace auscult
