// Labeled tables of numbers: the CSV files used by the DAGMM paper and others, and the paper's split.
// Thread rule: free functions and plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

struct Table {
  int width = 0;
  std::vector<float> values;           ///< rows x width, row-major
  std::vector<std::uint8_t> abnormal;  ///< one per row: 1 is a row to detect
  std::vector<std::string> columns;    ///< names, if the file has them; one-hot columns are "column=value"
  std::size_t rows() const { return abnormal.size(); }
};

/// A CSV file with a header, numbers, and a last column `label`, 1 for an outlier (as in ODDS).
/// Errors: file_not_found; bad_input with the line.
Result<Table> read_outlier_csv(const std::filesystem::path& path);

/// The columns of a CSV file with a header whose name is `prefix` and a number, in the order of the file, and its
/// column `label`; `normal_label` is the value of a normal row. Errors: as above.
Result<Table> read_csv_columns(const std::filesystem::path& path, const std::string& prefix, double normal_label);

/// All columns of a CSV file with a header but `label` and the named ones, and the label, as above. Errors: as above.
Result<Table> read_csv_without(const std::filesystem::path& path, const std::vector<std::string>& left_out,
                               double normal_label);

/// KDD Cup 1999 as distributed: 41 features and a label, without a header. Protocol, service and flag become one column
/// per value found, in the place of the original column and in alphabetical order (118 columns in the 10 % set). As in
/// the paper, `normal.` is the smaller class, so a normal connection is abnormal here and an attack is normal. Errors:
/// as above.
Result<Table> read_kddcup(const std::filesystem::path& path);
/// KDDCUP-Rev of the paper: normal connections are normal, and attacks, drawn at random, are abnormal: one per four
/// normal ones.
Table reverse_kddcup(const Table& table, std::uint64_t seed);

/// The paper's split: a random half trains, of which only normal rows are used; the other half is the test.
struct TableSplit {
  std::vector<std::size_t> train, test;  ///< row numbers, in random order
};
TableSplit split_table(const Table& table, std::uint64_t seed);
/// MIMII's split of one machine's rows in file order: the first N normals (N = number of abnormals, at most half of the
/// normals) and all abnormals test, the other normals train.
TableSplit split_table_mimii(const Table& table);

/// Rows of a table, in the order given.
std::vector<float> take_rows(const Table& table, const std::vector<std::size_t>& rows);

/// Scales every column using the rows it was fitted on; other rows may exceed the range. A column that is constant
/// there is only shifted, as scikit-learn's scalers do.
class ColumnScaling {
 public:
  static ColumnScaling min_max(const std::vector<float>& values, int width);   ///< to [0, 1]
  static ColumnScaling standard(const std::vector<float>& values, int width);  ///< to mean 0 and deviation 1
  /// A column that is constant in the fitted rows has no scale: the significance of another value is unknown, and in
  /// its raw unit it would dominate all others. Such columns become 0 everywhere, except for those of symbols
  /// ("column=value").
  void leave_out_constant(const std::vector<std::string>& columns);
  void apply(std::vector<float>& values) const;

 private:
  std::vector<double> offset_, scale_;
  std::vector<bool> constant_;
};

}  // namespace auscult
