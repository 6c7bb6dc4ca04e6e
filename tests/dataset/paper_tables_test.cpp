// The paper's tables from the public files: shapes, and that a short training already detects outliers.
#include <algorithm>

#include <gtest/gtest.h>

#include "paper/table.h"
#include "paper/table_model.h"
#include "support/files.h"

namespace auscult {
namespace {

std::size_t abnormals(const Table& table) {
  return static_cast<std::size_t>(std::count(table.abnormal.begin(), table.abnormal.end(), 1));
}

TEST(PaperTables, KddcupHas118ColumnsAndItsNormalConnectionsAreTheAnomalies) {
  AUSCULT_REQUIRE_DATA(data);
  const auto table = read_kddcup(data / "tabular" / "kddcup99_10_percent.csv");
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_EQ(table->width, 118);
  EXPECT_EQ(table->rows(), 494021U);
  EXPECT_EQ(abnormals(*table), 97278U);
  const Table reversed = reverse_kddcup(*table, 1);
  EXPECT_EQ(reversed.rows(), 97278U + 97278U / 4);
  EXPECT_EQ(abnormals(reversed), 97278U / 4);
}

struct ShortRun {
  double auc = 0.0, f1 = 0.0;
};

// One run of the paper's protocol with the shipped preset, cut to a few epochs.
ShortRun short_run(const Table& table, const std::string& preset_name, double flagged, int epochs) {
  auto preset = load_preset(preset_name);
  EXPECT_TRUE(preset) << preset.error().what;
  DagmmConfig config = preset->detectors.front().dagmm;
  config.schedule.epochs = epochs;
  config.schedule.learning_rate = 1e-3;
  const TableSplit split = split_table(table, 1);
  FeatureMatrix train{table.width, take_rows(table, split.train), {}},
      test{table.width, take_rows(table, split.test), {}};
  const auto scaling = ColumnScaling::min_max(train.values, table.width);
  scaling.apply(train.values);
  scaling.apply(test.values);
  const auto scores = table_energies(config, 1, train, test, 1);
  EXPECT_TRUE(scores) << scores.error().what;
  std::vector<std::uint8_t> abnormal;
  std::vector<double> by_label[2];
  for (std::size_t i = 0; i < split.test.size(); ++i) {
    abnormal.push_back(table.abnormal[split.test[i]]);
    by_label[abnormal.back()].push_back(scores->front().energies[i]);
  }
  return {roc_auc(by_label[0], by_label[1]), confusion_of_top(scores->front().energies, abnormal, flagged).f1()};
}

TEST(PaperTables, ArrhythmiaIsDetectedAfterAShortTraining) {
  AUSCULT_REQUIRE_DATA(data);
  const auto table = read_outlier_csv(data / "tabular" / "arrhythmia.csv");
  ASSERT_TRUE(table) << table.error().what;
  ASSERT_EQ(table->width, 274);
  ASSERT_EQ(table->rows(), 452U);
  ASSERT_EQ(abnormals(*table), 66U);
  const ShortRun result = short_run(*table, "paper-arrhythmia", 0.15, 200);
  EXPECT_GT(result.auc, 0.65);
  EXPECT_GT(result.f1, 0.3);
}

TEST(PaperTables, ThyroidIsDetectedAfterAShortTraining) {
  AUSCULT_REQUIRE_DATA(data);
  const auto table = read_outlier_csv(data / "tabular" / "thyroid.csv");
  ASSERT_TRUE(table) << table.error().what;
  ASSERT_EQ(table->width, 6);
  ASSERT_EQ(table->rows(), 3772U);
  ASSERT_EQ(abnormals(*table), 93U);
  const ShortRun result = short_run(*table, "paper-thyroid", 0.025, 2000);
  EXPECT_GT(result.auc, 0.7);
  EXPECT_GT(result.f1, 0.15) << "chance gives 0.025";
}

TEST(PaperTables, FanFeaturesAre64ClipMeansWithNormalsMarkedOne) {
  AUSCULT_REQUIRE_DATA(data);
  const auto table = read_csv_columns(data / "fan_features" / "6dB" / "id_00_raw.csv", "logmel_mu_band_", 1.0);
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_EQ(table->width, 64);
  EXPECT_EQ(table->columns.front(), "logmel_mu_band_1");
  EXPECT_EQ(abnormals(*table), 407U);
  EXPECT_EQ(table->rows(), 1418U);
}

}  // namespace
}  // namespace auscult
