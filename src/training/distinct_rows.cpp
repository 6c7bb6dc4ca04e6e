#include "training/distinct_rows.h"

#include <string_view>
#include <unordered_map>

namespace auscult {

DistinctRows distinct_rows(const void* data, std::int64_t rows, std::size_t row_bytes) {
  DistinctRows result;
  std::unordered_map<std::string_view, std::int64_t> known;
  const char* at = static_cast<const char*>(data);
  for (std::int64_t row = 0; row < rows; ++row, at += row_bytes) {
    const auto [found, is_new] =
        known.emplace(std::string_view(at, row_bytes), static_cast<std::int64_t>(result.first.size()));
    if (is_new) result.first.push_back(row);
    result.number.push_back(found->second);
  }
  return result;
}

}  // namespace auscult
