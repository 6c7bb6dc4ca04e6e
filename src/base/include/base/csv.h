// Comma-separated values (RFC 4180, without line breaks inside quotes). Thread rule: free functions, no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auscult {

/// A text as one field of a line, quoted if necessary.
std::string csv_field(const std::string& text);
/// The fields of one line, without quotes; a carriage return at its end is dropped.
std::vector<std::string> split_csv_line(std::string_view line);

}  // namespace auscult
