// The tables of auscult-bench that start from recordings, on a few small ones: their JSON is what scripts rely on.
#include <set>

#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;

class BenchCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
    test::write_file(preset(), test::tiny_preset_json());
    test::write_file(other(), [] {
      std::string text = test::tiny_preset_json();
      return text.replace(text.find("tiny"), 4, "less");
    }());
  }
  std::string preset() const { return folder_ / "tiny.json"; }
  std::string other() const { return folder_ / "less.json"; }
  std::string data() const { return folder_ / "data"; }

  json bench(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), test::program("auscult-bench"));
    const auto result = test::run_process(arguments, {{"AUSCULT_DATA", data()}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false);
  }
  // machine_hum's layout with other kinds of fault at other levels.
  void write_hum() const {
    const auto root = folder_ / "data/machine_hum";
    test::write_normal_clips(root / "normal_train", 8, 3.0, 1);
    test::write_normal_clips(root / "normal_test", 4, 3.0, 100);
    test::write_normal_clips(root / "semisynthetic/squeal_-3dB", 3, 3.0, 200, 0.02);
    test::write_normal_clips(root / "semisynthetic/rub_+2.5dB", 3, 3.0, 300, 0.005);
    test::write_normal_clips(root / "semisynthetic/notes", 1, 3.0, 400);
    test::write_normal_clips(root / "real_anomaly", 1, 3.0, 500, 0.02);
  }
  test::TempDir folder_;
};

void expect_shape(const json& table, int seeds) {
  ASSERT_TRUE(table.is_object());
  for (const json& row : table["rows"]) {
    for (const char* key : {"auc", "pauc", "normals", "abnormals"})
      EXPECT_TRUE(row[key].is_number()) << key << " in " << row;
    EXPECT_EQ(row["seeds"], seeds);
    EXPECT_EQ(row.contains("auc_sd"), seeds > 1);
  }
  for (const char* score :
       {"fused", "frames", "summary", "dagmm", "joint", "untrained", "template", "mahalanobis", "gmm", "knn1"})
    EXPECT_TRUE(table["mean"].contains(score)) << score;
  for (const char* key : {"promised", "measured", "low", "high"})
    EXPECT_TRUE(table["false_alarms"][key].is_number()) << key;
  EXPECT_EQ(table["leads"]["knn1"].contains("auc_error"), seeds > 1);
  EXPECT_GT(table["seconds"], 0.0);
}

TEST_F(BenchCommand, MachineHumHasARowForEachKindOfFaultThatItFinds) {
  write_hum();
  const json table = bench({"machine-hum", "--preset", preset(), "--seeds", "2", "--threads", "1", "--json"});
  expect_shape(table, 2);
  std::map<std::string, double> fused;
  for (const json& row : table["rows"])
    if (row["score"] == "fused") fused[row["group"]] = row["auc"];
  ASSERT_EQ(fused.size(), 3U) << "two kinds and the real one";
  EXPECT_NEAR(table["mean"]["fused"]["auc"], (fused.at("squeal_-3dB") + fused.at("rub_+2.5dB")) / 2.0, 1e-9)
      << "the real anomaly is no part of the mean";
  EXPECT_TRUE(fused.contains("real_anomaly"));
}

TEST_F(BenchCommand, SeveralPresetsStandInOneTable) {
  write_hum();
  const json table =
      bench({"machine-hum", "--preset", preset(), "--preset", other(), "--seeds", "1", "--threads", "1", "--json"});
  std::set<std::string> presets;
  for (const json& row : table["rows"]) presets.insert(row["preset"]);
  EXPECT_EQ(presets, (std::set<std::string>{"tiny", "less"}));
  EXPECT_EQ(table["presets"][1]["preset"], "less");
}

TEST_F(BenchCommand, MachineHumWithoutDataSaysWhatIsMissing) {
  const auto result = test::run_process({test::program("auscult-bench"), "machine-hum", "--data", data()});
  test::expect_one_message(result, 3, "normal_train");
}

TEST_F(BenchCommand, SimulatedHasMachinesAndKindsOfFault) {
  const json table = bench({"simulated", "--preset", preset(), "--seeds", "1", "--threads", "1", "--machines", "2",
                            "--normals", "14", "--abnormals", "6", "--snr", "6", "--json"});
  expect_shape(table, 1);
  std::set<std::string> groups, machines;
  for (const json& row : table["rows"]) groups.insert(row["group"]), machines.insert(row["machine"]);
  EXPECT_EQ(machines, (std::set<std::string>{"id_00", "id_02"}));
  EXPECT_EQ(groups.size(), 7U) << "all abnormal recordings, and six kinds";
  EXPECT_TRUE(groups.contains("6dB") && groups.contains("6dB leak"));
}

TEST_F(BenchCommand, FalseAlarmsCountsEveryFreshClipAndHour) {
  write_hum();
  const json study = bench({"false-alarms", "--preset", preset(), "--threads", "1", "--machines", "1", "--snr", "6",
                            "--training-minutes", "1.5", "--hours", "0.05", "--json"})["presets"][0];
  const json& simulated = study["simulated"];
  EXPECT_EQ(simulated["normals"], 18);  // 180 s
  EXPECT_NEAR(simulated["hours"], 0.05, 1e-9);
  EXPECT_EQ(study["machine_hum"]["normals"], 12) << "each normal once";
  EXPECT_EQ(study["machine_hum"]["rows"].size(), 5U);
  for (const json& what :
       {simulated["false_alarms"], simulated["events_per_hour"], study["machine_hum"]["false_alarms"]}) {
    EXPECT_LE(what["low"], what["measured"]);
    EXPECT_LE(what["measured"], what["high"]);
    EXPECT_TRUE(what["kept"].is_boolean());
  }
  EXPECT_EQ(simulated["false_alarms"]["promised"], 0.05);
  EXPECT_EQ(simulated["events_per_hour"]["promised"], 1.0);
  EXPECT_DOUBLE_EQ(simulated["false_alarms"]["measured"].get<double>(), simulated["flagged"].get<double>() / 18.0);
}

// With a program that only prints its arguments.
TEST(MakeResults, WritesTablesBetweenTheirMarkersAndKeepsTheProse) {
  const test::TempDir folder;
  const auto root = folder.path();
  std::filesystem::create_directories(root / "scripts");
  std::filesystem::create_directories(root / "docs/results");
  std::filesystem::copy_file(test::source_dir() / "scripts/make-results", root / "scripts/make-results");
  test::write_file(root / "bench",
                   "#!/bin/sh\n[ \"$1\" != thyroid ] || exit 3\necho measured $*\necho '  fused        0.9 / "
                   "0.8'\necho '  knn1 0.95 / 0.8   -0.05 / +0.00   ahead of fused'\n");
  std::filesystem::permissions(root / "bench", std::filesystem::perms::owner_all);
  test::write_file(root / "docs/results/fan-features.md",
                   "# Fans\nBefore.\n<!-- table: fan-features -->\nold\n<!-- end -->\nAfter.\n");
  test::write_file(root / "docs/results.md", "# Results\nWords.\n");
  const test::Environment environment = {{"AUSCULT_BENCH", (root / "bench").string()}};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), (root / "scripts/make-results").string());
    return test::run_process(arguments, environment);
  };

  for (int twice = 0; twice < 2; ++twice) {
    const auto result = run({"fan-features"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  const std::string page = test::read_file(root / "docs/results/fan-features.md");
  EXPECT_EQ(
      page.find(
          "# Fans\nBefore.\n<!-- table: fan-features -->\n```\n$ auscult-bench fan-features\nmeasured fan-features\n"),
      0U)
      << page;
  EXPECT_EQ(page.find("old"), std::string::npos);
  EXPECT_NE(page.find("<!-- end -->\nAfter.\n"), std::string::npos) << page;
  EXPECT_EQ(test::count(page, "<!-- table: fan-features -->"), 1);
  const std::string index = test::read_file(root / "docs/results.md");
  EXPECT_EQ(index.find("# Results\nWords.\n"), 0U) << index;
  EXPECT_NE(index.find("| [fan-features](results/fan-features.md) | `auscult-bench fan-features` | 0.9 / 0.8 | knn1 |"),
            std::string::npos)
      << index;

  test::write_file(root / "docs/results/thyroid.md", "# T\n<!-- table: thyroid -->\nold\n<!-- end -->\n");
  EXPECT_EQ(run({"thyroid"}).exit_code, 1);
  EXPECT_NE(test::read_file(root / "docs/results/thyroid.md").find("old"), std::string::npos)
      << "a table that fails stays as it was";
  const auto unknown = run({"nonsense"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("--list"), std::string::npos);
}

}  // namespace
}  // namespace auscult
