// Text from outside, such as file names, for a terminal or a label of one line. Thread rule: free function, no state.
#pragma once

#include <string>

namespace auscult {

/// The text with a space for each control character (line breaks, tabs, escape sequences, also those of UTF-8's C1
/// range), so that it neither ends a line nor commands a terminal.
std::string printable(std::string text);

}  // namespace auscult
