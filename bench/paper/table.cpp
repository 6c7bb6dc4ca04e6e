#include "paper/table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <string_view>
#include <utility>

#include "model/standardization.h"

namespace auscult {
namespace {

Result<std::string> read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (in) {
    in.seekg(0, std::ios::end);
    const auto size = in.tellg();
    in.seekg(0);
    if (size > 0) text.resize(static_cast<std::size_t>(size));
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
  }
  if (!in)
    return fail(ErrorCode::file_not_found, "cannot be read", path.string(),
                "check --data: it must be a folder that contains tabular/");
  return text;
}

// Lines without their end, one at a time; empty ones are skipped.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool next(std::string_view& line) {
    do {
      if (rest_.empty()) return false;
      const auto end = std::min(rest_.find('\n'), rest_.size());
      line = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      ++number_;
    } while (line.empty());
    return true;
  }
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

void split_fields(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (std::size_t begin = 0;;) {
    const auto end = std::min(line.find(',', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    if (end == line.size()) return;
    begin = end + 1;
  }
}

bool parse(std::string_view field, float& value) {
  while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
  while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size() && value - value == 0.0F;
}

auto bad_line(const std::filesystem::path& path, std::size_t line, const std::string& what) {
  return fail(ErrorCode::bad_input, "line " + std::to_string(line) + " " + what, path.string(),
              "the table must be a complete copy of the original");
}

// Reads the columns numbered in `wanted` and the column `label`.
Result<Table> read_columns(const std::filesystem::path& path, Lines lines, std::size_t field_count,
                           const std::vector<std::size_t>& wanted, std::size_t label, double normal_label) {
  Table table;
  table.width = static_cast<int>(wanted.size());
  std::vector<std::string_view> fields;
  for (std::string_view line; lines.next(line);) {
    split_fields(line, fields);
    if (fields.size() != field_count)
      return bad_line(path, lines.number() + 1,
                      "has " + std::to_string(fields.size()) + " fields instead of " + std::to_string(field_count));
    float value = 0.0F;
    for (const std::size_t column : wanted) {
      if (!parse(fields[column], value))
        return bad_line(path, lines.number() + 1,
                        "has a field that is not a number: '" + std::string(fields[column]) + "'");
      table.values.push_back(value);
    }
    if (!parse(fields[label], value)) return bad_line(path, lines.number() + 1, "has a label that is not a number");
    table.abnormal.push_back(value != normal_label);
  }
  if (table.rows() == 0) return fail(ErrorCode::bad_input, "has no rows", path.string());
  return table;
}

template <class Wanted>
Result<Table> read_headed(const std::filesystem::path& path, double normal_label, Wanted&& wanted_name) {
  AUSCULT_TRY_ASSIGN(const std::string text, read_text(path));
  const auto header_end = std::min(text.find('\n'), text.size());
  std::string_view header(text.data(), header_end);
  if (!header.empty() && header.back() == '\r') header.remove_suffix(1);
  std::vector<std::string_view> names;
  split_fields(header, names);
  const auto label = std::find(names.begin(), names.end(), "label");
  if (label == names.end()) return fail(ErrorCode::bad_input, "has no column 'label'", path.string());
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != "label" && wanted_name(names[i])) wanted.push_back(i);
  if (wanted.empty()) return fail(ErrorCode::bad_input, "has none of the requested columns", path.string());
  const std::string_view body = std::string_view(text).substr(std::min(header_end + 1, text.size()));
  AUSCULT_TRY_ASSIGN(Table table, read_columns(path, Lines(body), names.size(), wanted,
                                               static_cast<std::size_t>(label - names.begin()), normal_label));
  for (const std::size_t i : wanted) table.columns.emplace_back(names[i]);
  return table;
}

constexpr std::size_t kKddFeatures = 41;
constexpr std::array<std::size_t, 3> kKddSymbols = {1, 2, 3};
constexpr std::array<const char*, 3> kKddSymbolNames = {"protocol_type", "service", "flag"};

int symbol_of(std::size_t column) {
  const auto found = std::find(kKddSymbols.begin(), kKddSymbols.end(), column);
  return found == kKddSymbols.end() ? -1 : static_cast<int>(found - kKddSymbols.begin());
}

std::vector<std::size_t> shuffled(std::size_t count, std::mt19937_64& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

}  // namespace

Result<Table> read_outlier_csv(const std::filesystem::path& path) {
  return read_headed(path, 0.0, [](std::string_view) { return true; });
}

Result<Table> read_csv_columns(const std::filesystem::path& path, const std::string& prefix, double normal_label) {
  return read_headed(path, normal_label, [&](std::string_view name) {
    return name.starts_with(prefix) && name.size() > prefix.size() &&
           name.find_first_not_of("0123456789", prefix.size()) == name.npos;
  });
}

Result<Table> read_csv_without(const std::filesystem::path& path, const std::vector<std::string>& left_out,
                               double normal_label) {
  return read_headed(path, normal_label, [&](std::string_view name) {
    return std::find(left_out.begin(), left_out.end(), name) == left_out.end();
  });
}

Result<Table> read_kddcup(const std::filesystem::path& path) {
  AUSCULT_TRY_ASSIGN(const std::string text, read_text(path));
  std::array<std::map<std::string_view, std::size_t>, kKddSymbols.size()> values;
  std::vector<std::string_view> fields;
  std::string_view line;
  for (Lines lines(text); lines.next(line);) {
    split_fields(line, fields);
    if (fields.size() != kKddFeatures + 1)
      return bad_line(path, lines.number(), "has " + std::to_string(fields.size()) + " fields instead of 42");
    for (std::size_t s = 0; s < values.size(); ++s) values[s].emplace(fields[kKddSymbols[s]], 0);
  }
  Table table;
  for (std::size_t column = 0; column < kKddFeatures; ++column) {
    const int symbol = symbol_of(column);
    if (symbol < 0) {
      table.columns.push_back("feature_" + std::to_string(column));
      continue;
    }
    for (auto& [value, place] : values[static_cast<std::size_t>(symbol)]) {
      place = table.columns.size();
      table.columns.push_back(std::string(kKddSymbolNames[static_cast<std::size_t>(symbol)]) + "=" +
                              std::string(value));
    }
  }
  table.width = static_cast<int>(table.columns.size());
  for (Lines lines(text); lines.next(line);) {
    split_fields(line, fields);
    const std::size_t start = table.values.size();
    table.values.resize(start + table.columns.size(), 0.0F);
    std::size_t place = start;
    for (std::size_t column = 0; column < kKddFeatures; ++column) {
      const int symbol = symbol_of(column);
      if (symbol >= 0) {
        const auto& known = values[static_cast<std::size_t>(symbol)];
        table.values[start + known.at(fields[column])] = 1.0F;
        place += known.size();
      } else if (!parse(fields[column], table.values[place++])) {
        return bad_line(path, lines.number(),
                        "has a field that is not a number: '" + std::string(fields[column]) + "'");
      }
    }
    table.abnormal.push_back(fields.back() == "normal.");
  }
  if (table.rows() == 0) return fail(ErrorCode::bad_input, "has no rows", path.string());
  return table;
}

Table reverse_kddcup(const Table& table, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto normals = static_cast<std::size_t>(std::count(table.abnormal.begin(), table.abnormal.end(), 1));
  std::vector<std::size_t> kept;
  std::size_t attacks = 0;
  for (const std::size_t row : shuffled(table.rows(), random))
    if (table.abnormal[row] || attacks++ < normals / 4) kept.push_back(row);
  std::sort(kept.begin(), kept.end());
  Table reversed{table.width, take_rows(table, kept), {}, table.columns};
  for (const std::size_t row : kept) reversed.abnormal.push_back(!table.abnormal[row]);
  return reversed;
}

TableSplit split_table(const Table& table, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto order = shuffled(table.rows(), random);
  TableSplit split;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i >= order.size() / 2)
      split.test.push_back(order[i]);
    else if (!table.abnormal[order[i]])
      split.train.push_back(order[i]);
  }
  return split;
}

TableSplit split_table_mimii(const Table& table) {
  const auto abnormals = static_cast<std::size_t>(std::count(table.abnormal.begin(), table.abnormal.end(), 1));
  const std::size_t tested = std::min(abnormals, (table.rows() - abnormals) / 2);
  TableSplit split;
  std::size_t normals = 0;
  for (std::size_t row = 0; row < table.rows(); ++row)
    (table.abnormal[row] || normals++ < tested ? split.test : split.train).push_back(row);
  return split;
}

std::vector<float> take_rows(const Table& table, const std::vector<std::size_t>& rows) {
  const auto width = static_cast<std::size_t>(table.width);
  std::vector<float> values;
  values.reserve(rows.size() * width);
  for (const std::size_t row : rows) {
    const auto begin = table.values.begin() + static_cast<std::ptrdiff_t>(row * width);
    values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return values;
}

ColumnScaling ColumnScaling::min_max(const std::vector<float>& values, int width) {
  const auto columns = static_cast<std::size_t>(width);
  ColumnScaling scaling;
  scaling.offset_.assign(columns, std::numeric_limits<double>::infinity());
  std::vector<double> high(columns, -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < values.size(); ++i) {
    scaling.offset_[i % columns] = std::min<double>(scaling.offset_[i % columns], values[i]);
    high[i % columns] = std::max<double>(high[i % columns], values[i]);
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const double range = high[column] - scaling.offset_[column];
    scaling.constant_.push_back(!(range > 0.0));
    scaling.scale_.push_back(range > 0.0 ? range : 1.0);
  }
  return scaling;
}

ColumnScaling ColumnScaling::standard(const std::vector<float>& values, int width) {
  const auto columns = static_cast<std::size_t>(width);
  const double rows = static_cast<double>(values.size()) / width;
  ColumnScaling scaling;
  scaling.offset_.assign(columns, 0.0);
  scaling.scale_.assign(columns, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) scaling.offset_[i % columns] += values[i] / rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double centred = values[i] - scaling.offset_[i % columns];
    scaling.scale_[i % columns] += centred * centred / rows;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    // Rounding leaves a constant column a deviation of a few units in the last place.
    const double deviation = std::sqrt(scaling.scale_[column]);
    const bool moves = deviation > 1e-9 * (1.0 + std::abs(scaling.offset_[column]));
    scaling.constant_.push_back(!moves);
    scaling.scale_[column] = moves ? deviation : 1.0;
  }
  return scaling;
}

void ColumnScaling::leave_out_constant(const std::vector<std::string>& columns) {
  for (std::size_t column = 0; column < scale_.size(); ++column)
    if (constant_[column] && columns.at(column).find('=') == std::string::npos)
      scale_[column] = std::numeric_limits<double>::infinity();
}

void ColumnScaling::apply(std::vector<float>& values) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t column = i % offset_.size();
    values[i] = static_cast<float>(standard_score(values[i], offset_[column], scale_[column]));
  }
}

}  // namespace auscult
