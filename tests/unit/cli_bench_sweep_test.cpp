// auscult-bench sweep on a table of a few rows: every requested network, with its untrained control, in the common
// shape.
#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/draws.h"
#include "support/files.h"
#include "support/process.h"

namespace auscult {
namespace {

// A thyroid.csv of 120 rows of three values; every tenth row is an outlier that breaks the others' pattern.
std::string tiny_table() {
  test::Draws draw(4);
  std::string text = "a,b,c,label\n";
  for (int i = 0; i < 120; ++i) {
    const bool odd = i % 10 == 9;
    const float t = draw();
    for (const float value : {t, odd ? 2.0F * draw() : t * t, odd ? -t : t})
      text += std::to_string(value + 0.01F * draw()) + ",";
    text += odd ? "1\n" : "0\n";
  }
  return text;
}

class BenchSweepCommand : public ::testing::Test {
 protected:
  BenchSweepCommand() {
    std::filesystem::create_directories(folder_ / "tabular");
    test::write_file(folder_ / "tabular/thyroid.csv", tiny_table());
  }
  test::ProcessResult sweep(std::vector<std::string> options) {
    std::vector<std::string> argv = {
        test::program("auscult-bench"), "sweep", "--table", "thyroid", "--data", folder_.path(), "--epochs", "20"};
    argv.insert(argv.end(), options.begin(), options.end());
    return test::run_process(argv);
  }
  test::TempDir folder_;
};

TEST_F(BenchSweepCommand, MeasuresEveryWidthWithEveryActivation) {
  const auto result = sweep({"--widths", "4-2", "2", "--activations", "tanh", "relu", "--seeds", "2", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  std::set<std::pair<std::string, std::string>> found;
  for (const auto& row : json.at("rows")) {
    found.emplace(row.at("group"), row.at("score"));
    EXPECT_EQ(row.at("machine"), "thyroid");
    EXPECT_EQ(row.at("seeds"), 2);
    EXPECT_GE(row.at("auc").get<double>(), 0.0);
    EXPECT_LE(row.at("f1").get<double>(), 1.0);
  }
  std::set<std::pair<std::string, std::string>> expected;
  for (const char* group : {"4-2 tanh", "4-2 relu", "2 tanh", "2 relu"})
    for (const char* score : {"dagmm", "joint", "untrained"}) expected.emplace(group, score);
  EXPECT_EQ(found, expected);
  EXPECT_EQ(json.at("rows").size(), expected.size());
}

TEST_F(BenchSweepCommand, PrintsATableThatWarnsOfTheBestOfMany) {
  const auto result = sweep({"--widths", "2", "--activations", "linear", "--seeds", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("2 linear"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("1 networks on thyroid"), std::string::npos) << result.out;
}

TEST_F(BenchSweepCommand, RefusesWhatIsNoListOfWidths) {
  for (const char* widths : {"4-", "-4", "4-x", "0", "5000", "1-2-3-4-5-6-7-8-9-10", "600"}) {
    const auto result = sweep({"--widths=" + std::string(widths)});
    EXPECT_EQ(result.exit_code, 2) << widths;
    EXPECT_NE(result.err.find("12-4-1"), std::string::npos) << "says how: " << result.err;
  }
}

}  // namespace
}  // namespace auscult
