// Comma-separated values (RFC 4180, without line breaks inside quotes). Thread rule: free functions, no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auscult {

/// A text as one field of a line, quoted if necessary.
std::string csv_field(const std::string& text);
/// A path as one field; one that a spreadsheet would take for a formula (= + - @ at its beginning) begins with "./".
std::string csv_path(const std::string& path);
/// A text for people as one field; one that a spreadsheet would take for a formula begins with an apostrophe.
std::string csv_text(const std::string& text);
/// Complete lines of CSV for spreadsheets with decimal commas: semicolons between fields, and "0.95" becomes "0,95".
std::string with_decimal_commas(const std::string& csv);
/// The fields of one line, without quotes; a carriage return at its end is dropped.
std::vector<std::string> split_csv_line(std::string_view line);

}  // namespace auscult
