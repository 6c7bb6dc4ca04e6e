#include "base/csv.h"

#include <algorithm>
#include <cstdlib>

namespace auscult {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

namespace {

bool looks_like_a_formula(const std::string& text) {
  return text.find_first_of("=+-@\t\r") == 0;
}

bool is_number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);  // the programs never change the C locale
  return *end == '\0';
}

// Quoted where a semicolon or a line break would end it.
std::string semicolon_field(std::string text, bool quoted) {
  if (!quoted && is_number(text)) std::replace(text.begin(), text.end(), '.', ',');
  return quoted || text.find(';') != std::string::npos ? '"' + text + '"' : text;
}

}  // namespace

std::string csv_path(const std::string& path) {
  return csv_field(looks_like_a_formula(path) ? "./" + path : path);
}

std::string csv_text(const std::string& text) {
  return csv_field(looks_like_a_formula(text) ? "'" + text : text);
}

std::string with_decimal_commas(const std::string& csv) {
  std::string out, field;
  bool inside = false, quoted = false;
  for (const char c : csv) {
    if (c == '"') {
      inside = !inside;
      if (quoted && inside) field += "\"\"";  // an escaped quotation mark
      quoted = true;
    } else if (!inside && (c == ',' || c == '\n')) {
      out += semicolon_field(field, quoted) + (c == ',' ? ';' : c);
      field.clear();
      quoted = false;
    } else {
      field += c;
    }
  }
  return out + semicolon_field(field, quoted);
}

std::vector<std::string> split_csv_line(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      const bool escaped = quoted && i + 1 < line.size() && line[i + 1] == '"';
      if (escaped) {
        fields.back() += line[++i];
      } else {
        quoted = !quoted;
      }
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

}  // namespace auscult
