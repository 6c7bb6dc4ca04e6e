// Labeled tables: parsing, the division of rows, and that nothing of the test half affects the scaling.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "paper/table.h"
#include "support/files.h"

namespace auscult {
namespace {

Result<Table> read(const std::string& text, Result<Table> (*reader)(const std::filesystem::path&)) {
  const test::TempDir folder;
  test::write_file(folder / "table.csv", text);
  return reader(folder / "table.csv");
}

// A KDD row: duration, three symbols, 37 numbers, the label.
std::string kdd_row(const std::string& symbols, float first, const std::string& label) {
  std::string row = std::to_string(first) + "," + symbols;
  for (int i = 4; i < 41; ++i) row += "," + std::to_string(i);
  return row + "," + label + "\n";
}

// `normals` normal rows, then `abnormals` abnormal ones; the only column counts them.
Table counted(std::size_t normals, std::size_t abnormals) {
  Table table;
  table.width = 1;
  for (std::size_t i = 0; i < normals + abnormals; ++i) {
    table.values.push_back(static_cast<float>(i));
    table.abnormal.push_back(i >= normals);
  }
  return table;
}

std::set<std::size_t> as_set(const std::vector<std::size_t>& rows) {
  return {rows.begin(), rows.end()};
}

TEST(OutlierCsv, GivesValuesAndLabels) {
  const auto table = read("a,b,label\n1,2.5,0\r\n-3,4e2,1\n", read_outlier_csv);
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_EQ(table->width, 2);
  EXPECT_EQ(table->values, (std::vector<float>{1, 2.5F, -3, 400}));
  EXPECT_EQ(table->abnormal, (std::vector<std::uint8_t>{0, 1}));
  EXPECT_EQ(table->columns, (std::vector<std::string>{"a", "b"}));
}

TEST(OutlierCsv, NamesTheLineThatCannotBeRead) {
  for (const char* text : {"a,b,label\n1,2,0\n1,x,0\n", "a,b,label\n1,2,0\n1,0\n", "a,b,label\n1,2,0\n1,nan,0\n"}) {
    const auto table = read(text, read_outlier_csv);
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().code, ErrorCode::bad_input);
    EXPECT_NE(table.error().what.find("line 3"), std::string::npos) << table.error().what;
  }
}

TEST(OutlierCsv, RefusesATableWithoutLabelsOrRows) {
  EXPECT_EQ(read("a,b\n1,2\n", read_outlier_csv).error().code, ErrorCode::bad_input);
  EXPECT_EQ(read("a,label\n", read_outlier_csv).error().code, ErrorCode::bad_input);
  EXPECT_EQ(read_outlier_csv("/nowhere/table.csv").error().code, ErrorCode::file_not_found);
}

TEST(CsvColumns, AreThoseWithThePrefixAndANumber) {
  const test::TempDir folder;
  test::write_file(folder / "t.csv", "file,mu_2,mu_1,mu_x,std_1,label\nclip one,1,2,3,4,1\nclip two,5,6,7,8,0\n");
  const auto table = read_csv_columns(folder / "t.csv", "mu_", 1.0);
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_EQ(table->columns, (std::vector<std::string>{"mu_2", "mu_1"}));
  EXPECT_EQ(table->values, (std::vector<float>{1, 2, 5, 6}));
  EXPECT_EQ(table->abnormal, (std::vector<std::uint8_t>{0, 1}));
}

TEST(Kddcup, TurnsSymbolsIntoOneColumnAValue) {
  const auto table = read(
      kdd_row("tcp,http,SF", 7, "normal.") + kdd_row("udp,dns,SF", 8, "smurf.") + kdd_row("tcp,ftp,REJ", 9, "smurf."),
      read_kddcup);
  ASSERT_TRUE(table) << table.error().what;
  ASSERT_EQ(table->width, 38 + 2 + 3 + 2);
  const std::vector<std::string> start(table->columns.begin(), table->columns.begin() + 8);
  EXPECT_EQ(start, (std::vector<std::string>{"feature_0", "protocol_type=tcp", "protocol_type=udp", "service=dns",
                                             "service=ftp", "service=http", "flag=REJ", "flag=SF"}));
  const std::vector<float> first(table->values.begin(), table->values.begin() + 9);
  EXPECT_EQ(first, (std::vector<float>{7, 1, 0, 0, 0, 1, 0, 1, 4}));
  EXPECT_EQ(table->values[2 * 45 + 44], 40.0F) << "the last number of the last row";
  EXPECT_EQ(table->abnormal, (std::vector<std::uint8_t>{1, 0, 0})) << "attacks are the normal class";
}

TEST(Kddcup, ReversedKeepsAllNormalConnectionsAndAQuarterAsManyAttacks) {
  const Table table = counted(1000, 200);  // 1000 attacks, 200 normal connections
  const Table reversed = reverse_kddcup(table, 1);
  EXPECT_EQ(std::count(reversed.abnormal.begin(), reversed.abnormal.end(), 0), 200);
  EXPECT_EQ(std::count(reversed.abnormal.begin(), reversed.abnormal.end(), 1), 50);
  for (std::size_t i = 0; i < reversed.rows(); ++i) EXPECT_EQ(reversed.abnormal[i] == 1, reversed.values[i] < 1000.0F);
  EXPECT_NE(reverse_kddcup(table, 2).values, reversed.values);
}

TEST(SplitTable, TrainsOnTheNormalsOfOneHalfAndTestsOnTheOther) {
  const Table table = counted(800, 200);
  const TableSplit split = split_table(table, 1);
  EXPECT_EQ(split.test.size(), 500U);
  EXPECT_NEAR(static_cast<double>(split.train.size()), 400.0, 40.0);
  for (const std::size_t row : split.train) EXPECT_FALSE(table.abnormal[row]);
  const auto train = as_set(split.train), test = as_set(split.test);
  EXPECT_EQ(train.size(), split.train.size());
  EXPECT_EQ(test.size(), split.test.size());
  for (const std::size_t row : train) EXPECT_FALSE(test.contains(row));
}

TEST(SplitTable, FollowsItsSeed) {
  const Table table = counted(80, 20);
  EXPECT_EQ(split_table(table, 1).test, split_table(table, 1).test);
  EXPECT_NE(split_table(table, 1).test, split_table(table, 2).test);
}

TEST(SplitTableMimii, TestsTheFirstNormalsAndAllAbnormals) {
  const TableSplit split = split_table_mimii(counted(10, 3));
  EXPECT_EQ(split.test, (std::vector<std::size_t>{0, 1, 2, 10, 11, 12}));
  EXPECT_EQ(split.train, (std::vector<std::size_t>{3, 4, 5, 6, 7, 8, 9}));
}

TEST(ColumnScaling, ToZeroAndOneKnowsOnlyTheRowsItWasFittedOn) {
  const auto scaling =
      ColumnScaling::min_max({0, 5, 7, 10, 5, 9}, 3);  // two rows of three values; the second never moves
  std::vector<float> rows = {0, 5, 7, 10, 5, 9, 20, 6, 8};
  scaling.apply(rows);
  EXPECT_EQ(rows, (std::vector<float>{0, 0, 0, 1, 0, 1, 2, 1, 0.5F}));
}

TEST(ColumnScaling, ToStandardScoresShiftsAConstantColumn) {
  const auto scaling = ColumnScaling::standard({0, 5, 10, 5}, 2);
  std::vector<float> rows = {0, 5, 10, 5, 20, 6};
  scaling.apply(rows);
  EXPECT_EQ(rows, (std::vector<float>{-1, 0, 1, 0, 3, 1}));
}

TEST(ColumnScaling, LeavesOutNumbersThatNeverMovedButKeepsSymbols) {
  for (const bool standard : {false, true}) {
    // Three columns: one that moves, a constant number and a symbol that training never saw.
    const std::vector<float> training = {0, 5, 0, 10, 5, 0};
    auto scaling = standard ? ColumnScaling::standard(training, 3) : ColumnScaling::min_max(training, 3);
    scaling.leave_out_constant({"length", "height", "colour=red"});
    std::vector<float> rows = {20, 600, 1};
    scaling.apply(rows);
    EXPECT_EQ(rows, (std::vector<float>{standard ? 3.0F : 2.0F, 0.0F, 1.0F}));
  }
}

}  // namespace
}  // namespace auscult
