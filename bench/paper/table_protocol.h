// The DAGMM paper's tables and its protocol on them: a random half of the rows trains (only its normals are used), the
// other half tests, and the top fraction of test energies is flagged. Thread rule: free functions on values.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "evaluation/evaluation.h"
#include "paper/table.h"
#include "paper/table_model.h"
#include "runs.h"

namespace auscult::bench {

struct TableSpec {
  const char* name;
  const char* file;
  const char* preset;
  double flagged;  ///< share of the test rows
  int seeds;
  double paper_precision, paper_recall, paper_f1;  ///< NaN: not given in the paper
  const char* about;
};
std::span<const TableSpec> paper_tables();

struct RunClock {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
};

/// The table's rows, from `data`/tabular.
Result<Table> load_table(const TableSpec& spec, const std::filesystem::path& data);

/// How columns are scaled, always using the training normals alone.
struct ColumnRule {
  bool standardise = false;  ///< to mean 0 and deviation 1, instead of to [0, 1]
  bool keep_constant =
      false;  ///< columns that never change in training stay in their raw unit, instead of being left out
};

/// One run's rows, scaled. A seed determines the split and, for kddcup-rev, the attacks drawn.
struct PaperSplit {
  FeatureMatrix train, test;
  std::vector<std::uint8_t> abnormal;
};
PaperSplit paper_split(const TableSpec& spec, const Table& table, const ColumnRule& rule, std::uint64_t seed);

/// AUC, pAUC, and precision, recall and F1 of the paper's decision rule.
EvaluationRow row_of(const TableSpec& spec, const NamedEnergies& score, const std::vector<std::uint8_t>& abnormal);

}  // namespace auscult::bench
