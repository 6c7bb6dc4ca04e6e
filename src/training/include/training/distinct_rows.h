// Finds bit-identical rows of a table: KDD Cup has seven copies of the average row, and a network gives equal rows
// equal codes. Thread rule: free functions on values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace auscult {

struct DistinctRows {
  std::vector<std::int64_t> first;   ///< row number of the first copy of each, in table order
  std::vector<std::int64_t> number;  ///< for each row, its index in `first`
};
/// `data`: `rows` rows of `row_bytes` bytes.
DistinctRows distinct_rows(const void* data, std::int64_t rows, std::size_t row_bytes);

}  // namespace auscult
