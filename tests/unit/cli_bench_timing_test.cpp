// auscult-bench's timings run with tiny sizes and print the fields that their documentation promises. What they measure
// is not looked at: this computer may be busy.
#include <algorithm>

#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;

class BenchTimings : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
  }
  static test::ProcessResult quick(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command = {test::program("auscult-bench"), name, "--quick"};
    command.insert(command.end(), more.begin(), more.end());
    return test::run_process(command);
  }
};

void expect_spread(const json& spread, const std::string& what) {
  EXPECT_LE(spread["low"].get<double>(), spread["median"].get<double>()) << what;
  EXPECT_LE(spread["median"].get<double>(), spread["high"].get<double>()) << what;
  EXPECT_GT(spread["low"].get<double>(), 0.0) << what;
}

TEST_P(BenchTimings, PrintWhatIsDocumented) {
  const auto result = quick(GetParam(), {"--json", "--no-peers"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json all = json::parse(result.out);
  EXPECT_EQ(all["bench"], GetParam());
  EXPECT_FALSE(all["unit"].get<std::string>().empty());
  EXPECT_EQ(all["rounds"], 2);
  EXPECT_EQ(all["quick"], true);
  if (all["rows"].empty()) {  // the window, where there is none
    ASSERT_EQ(all["skipped"].size(), 1U);
    GTEST_SKIP() << all["skipped"][0]["why"];
  }
  EXPECT_EQ(all["rows"][0]["role"], "auscult");
  EXPECT_EQ(all["rows"][0]["ratio"]["median"], 1.0);
  int references = 0;
  for (const json& row : all["rows"]) {
    const std::string name = row["name"];
    expect_spread(row, name);
    expect_spread(row["ratio"], name);
    expect_spread(row["to_reference"], name);
    EXPECT_NE(row["role"], "peer");
    references += row["role"] == "reference" ? 1 : 0;
  }
  EXPECT_EQ(references, 1);
}

INSTANTIATE_TEST_SUITE_P(All, BenchTimings,
                         testing::Values("frontend", "score", "train", "latency", "callback", "startup", "memory",
                                         "window"),
                         [](const auto& name) { return std::string(name.param); });

// With peers: each is measured or skipped with a reason.
TEST_F(BenchTimings, NamePeersThatAreMissing) {
  for (const auto& [name, peers] : {std::pair{"frontend", 3U}, {"score", 3U}, {"train", 2U}}) {
    const auto result = quick(name, {"--json", "--rounds", "1"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json all = json::parse(result.out);
    const auto measured =
        std::count_if(all["rows"].begin(), all["rows"].end(), [](const json& row) { return row["role"] == "peer"; });
    EXPECT_EQ(static_cast<std::size_t>(measured) + all["skipped"].size(), peers) << name;
    for (const json& skipped : all["skipped"]) EXPECT_FALSE(skipped["why"].get<std::string>().empty()) << name;
  }
}

TEST_F(BenchTimings, ATableIsForPeople) {
  const auto result = quick("callback");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("capture ring, write, median"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("these figures mean nothing"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace auscult
