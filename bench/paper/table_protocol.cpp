#include "paper/table_protocol.h"

#include <cmath>
#include <string_view>

namespace auscult::bench {
namespace {

constexpr TableSpec kTables[] = {
    {"kddcup", "kddcup99_10_percent.csv", "paper-kddcup", 0.20, 5, 0.9297, 0.9442, 0.9369,
     "KDD Cup 1999, 10 %: attacks are the normal class, as in the paper"},
    {"kddcup-rev", "kddcup99_10_percent.csv", "paper-kddcup-rev", 0.20, 5, NAN, NAN, 0.9380,
     "KDD Cup 1999, 10 %: normal connections, and attacks subsampled to a fifth of all"},
    {"thyroid", "thyroid.csv", "paper-thyroid", 0.025, 20, 0.4766, 0.4834, 0.4782, "ODDS thyroid"},
    {"arrhythmia", "arrhythmia.csv", "paper-arrhythmia", 0.15, 20, 0.4909, 0.5078, 0.4983, "ODDS arrhythmia"},
};

}  // namespace

std::span<const TableSpec> paper_tables() {
  return kTables;
}

Result<Table> load_table(const TableSpec& spec, const std::filesystem::path& data) {
  const auto path = data / "tabular" / spec.file;
  return std::string_view(spec.file).starts_with("kddcup") ? read_kddcup(path) : read_outlier_csv(path);
}

PaperSplit paper_split(const TableSpec& spec, const Table& original, const ColumnRule& rule, std::uint64_t seed) {
  const bool reversed = std::string_view(spec.name) == "kddcup-rev";
  const Table drawn = reversed ? reverse_kddcup(original, seed + 1000000) : Table{};
  const Table& table = reversed ? drawn : original;
  const TableSplit split = split_table(table, seed);
  PaperSplit result;
  result.train.width = result.test.width = table.width;
  result.train.values = take_rows(table, split.train);
  result.test.values = take_rows(table, split.test);
  ColumnScaling scaling = rule.standardise ? ColumnScaling::standard(result.train.values, table.width)
                                           : ColumnScaling::min_max(result.train.values, table.width);
  if (!rule.keep_constant) scaling.leave_out_constant(table.columns);
  scaling.apply(result.train.values);
  scaling.apply(result.test.values);
  for (const std::size_t row : split.test) result.abnormal.push_back(table.abnormal[row]);
  return result;
}

EvaluationRow row_of(const TableSpec& spec, const NamedEnergies& score, const std::vector<std::uint8_t>& abnormal) {
  std::vector<double> normals, abnormals;
  for (std::size_t i = 0; i < abnormal.size(); ++i) (abnormal[i] ? abnormals : normals).push_back(score.energies[i]);
  const Confusion top = confusion_of_top(score.energies, abnormal, spec.flagged);
  EvaluationRow row = score_row(spec.name, {}, score.name, normals, abnormals);
  row.precision = top.precision();
  row.recall = top.recall();
  row.f1 = top.f1();
  return row;
}

}  // namespace auscult::bench
