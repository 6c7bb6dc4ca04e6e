// The tables of auscult-bench on the simulator's version 2, with tiny amounts of sound: learning-curve has every score
// for every amount, and a picture; simulator has every control and the level of each kind of fault.
#include <set>

#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;

TEST(BenchLearningCurve, HasEveryScoreForEveryAmountAndDrawsIt) {
  if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
  const test::TempDir dir;
  std::string preset = test::tiny_preset_json();
  const std::string place = "\"min_window\": 16";
  preset.replace(preset.find(place), place.size(), place + ", \"energy\": \"dagmm\"");
  test::write_file(dir / "tiny.json", preset);
  const auto result = test::run_process({test::program("auscult-bench"),
                                         "learning-curve",
                                         "--preset",
                                         dir / "tiny.json",
                                         "--threads",
                                         "1",
                                         "--minutes",
                                         "3,1.5",
                                         "--machine-type",
                                         "fan",
                                         "--operation",
                                         "steady",
                                         "--operation",
                                         "variable",
                                         "--normals",
                                         "4",
                                         "--per-fault",
                                         "1",
                                         "--picture",
                                         dir / "curve.svg",
                                         "--json"},
                                        {});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json table = json::parse(result.out);
  std::set<std::string> groups;
  std::map<std::string, int> rows;
  for (const json& row : table["rows"]) {
    groups.insert(row["group"]);
    ++rows[row["score"]];
    EXPECT_EQ(row["machine"], "fan/id_00");
    EXPECT_EQ(row["normals"], 4);
    EXPECT_EQ(row["abnormals"], 6) << "one of each fault";
    EXPECT_GE(row["auc"], 0.0);
    EXPECT_LE(row["auc"], 1.0);
  }
  EXPECT_EQ(groups, (std::set<std::string>{"steady 1.5 min", "steady 3 min", "variable 1.5 min", "variable 3 min"}));
  for (const char* score : {"fused", "dagmm", "dagmm-untrained", "frames", "template", "mahalanobis", "gmm", "knn1",
                            "clip-template", "clip-mahalanobis-local", "clip-knn1-local"})
    EXPECT_EQ(rows[score], 4) << score;
  const std::string picture = test::read_file(dir / "curve.svg");
  EXPECT_TRUE(picture.starts_with("<svg")) << picture.substr(0, 80);
  EXPECT_NE(picture.find("variable fan: AUC"), std::string::npos);
}

TEST(BenchLearningCurve, IsOfOnePreset) {
  if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
  const auto result = test::run_process(
      {test::program("auscult-bench"), "learning-curve", "--preset", "monitor", "--preset", "table"}, {});
  test::expect_one_message(result, 2, "--preset once");
}

TEST(BenchLearningCurve, NeedsADagmmWhoseEnergyIsReportedAlone) {
  if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
  const auto result = test::run_process({test::program("auscult-bench"), "learning-curve", "--without", "dagmm"}, {});
  test::expect_one_message(result, 2, "--without");
}

TEST(BenchSimulator, VersionTwoHasEveryControlAndTheLevelOfEachFault) {
  if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
  const auto result = test::run_process(
      {test::program("auscult-bench"), "simulator", "--version", "2", "--machine-type", "gearbox", "--operation",
       "variable", "--snr", "6", "--machines", "1", "--training", "10", "--normals", "4", "--per-fault", "1", "--json"},
      {});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json table = json::parse(result.out);
  std::set<std::string> controls, faults;
  for (const json& row : table["rows"]) {
    if (row["machine"] == "gearbox id_00") controls.insert(row["score"]);
    if (row["machine"] == "gearbox pooled" && row["score"] == "level") faults.insert(row["group"]);
  }
  EXPECT_EQ(controls, (std::set<std::string>{"level", "template", "mahalanobis", "gmm", "knn1", "mahalanobis-local",
                                             "knn1-local"}));
  EXPECT_EQ(faults.size(), 5U);
  EXPECT_TRUE(faults.contains("variable 6dB wear"));
  EXPECT_EQ(table["mean"].size(), controls.size());
}

}  // namespace
}  // namespace auscult
