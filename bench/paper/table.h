// Labelled tables of numbers: the CSV files on which the DAGMM paper and others report, and the paper's way to split them.
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
  std::vector<std::uint8_t> abnormal;  ///< one a row: 1 is what a detector has to find
  std::vector<std::string> columns;    ///< names, where the file has them; one-hot columns are "column=value"
  std::size_t rows() const { return abnormal.size(); }
};

/// A CSV file with a header, numbers, and a last column `label`, 1 for an outlier (as in ODDS).
/// Errors: file_not_found; bad_input with the line.
Result<Table> read_outlier_csv(const std::filesystem::path& path);

/// Those columns of a CSV file with a header whose name is `prefix` and a number, in the order of the file, and its column
/// `label`; `normal_label` is the value of a normal row. Errors: as above.
Result<Table> read_csv_columns(const std::filesystem::path& path, const std::string& prefix, double normal_label);

/// KDD Cup 1999 as distributed: 41 features and a label, without a header. Protocol, service and flag become one column for
/// each value found, in the place of the original column and in alphabetical order (118 columns in the 10 % set).
/// The paper's reading: `normal.` is the smaller class, so a normal connection is abnormal here and an attack is normal.
/// Errors: as above.
Result<Table> read_kddcup(const std::filesystem::path& path);
/// KDDCUP-Rev of the paper: normal connections are normal, and attacks, drawn at random, are abnormal: one for each four
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

/// Brings every column to a common scale, by the rows it was fitted on alone; others may lie outside. A column that was
/// constant there is only shifted, as scikit-learn's scalers do.
class ColumnScaling {
 public:
  static ColumnScaling min_max(const std::vector<float>& values, int width);   ///< to [0, 1]
  static ColumnScaling standard(const std::vector<float>& values, int width);  ///< to mean 0 and deviation 1
  /// A number that never changed in the rows fitted on has no scale: how unusual another value is cannot be told, and in
  /// its raw unit it would drown all others. Such columns become 0 everywhere, except for those of symbols ("column=value").
  void leave_out_constant(const std::vector<std::string>& columns);
  void apply(std::vector<float>& values) const;

 private:
  std::vector<double> offset_, scale_;
  std::vector<bool> constant_;
};

}  // namespace auscult
