// The complete workflow on a real machine's sound: train, evaluate, and score the remaining recordings.
#include <map>
#include <string>
#include <vector>

#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;

TEST(TrainCommandRealRecordings, TrainOnAMachineAndTellASemiSyntheticLeakFromNormal) {
  AUSCULT_REQUIRE_DATA(data);
  const test::TempDir folder;
  const std::string model = folder / "hum.safetensors";
  const auto trained = auscult({"train", data / "machine_hum/normal_train", "--epochs", "5", "-o", model, "--json"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["clips"], 50);

  const auto evaluated = auscult({"evaluate", model, "--normal", data / "machine_hum/normal_test", "--abnormal",
                                  data / "machine_hum/semisynthetic/leak_-15dB", "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const json evaluation = json::parse(evaluated.out);
  EXPECT_GT(evaluation["mean"]["fused"]["auc"].get<double>(), 0.6);
  EXPECT_EQ(evaluation["excluded"], 0);

  // Eight channels, 48 kHz, a real anomaly: all are scored.
  for (const auto& [path, clips] :
       {std::pair{"mimii_originals", 4U}, {"compressor_48k", 10U}, {"machine_hum/real_anomaly", 1U}}) {
    const auto scored = auscult({"score", model, data / path, "--format", "jsonl"});
    EXPECT_EQ(scored.exit_code, 0) << path << ": " << scored.err;
    const auto lines = test::json_lines(scored.out);
    EXPECT_EQ(lines.size(), clips) << path;
    for (const json& line : lines) EXPECT_TRUE(line["score"].is_number()) << line.dump().substr(0, 200);
  }

  // Listening to an 8-channel original gives what scoring it gives.
  const std::string original = data / "mimii_originals/fan_normal.wav";
  const json score = test::json_lines(auscult({"score", model, original, "--format", "jsonl"}).out).at(0);
  std::map<std::string, std::vector<double>> listened;
  for (const json& line : test::json_lines(auscult({"listen", model, "--input", original, "--json"}).out))
    if (line["type"] == "energy")
      for (const auto& [name, trace] : line["detectors"].items()) listened[name].push_back(trace["energy"]);
  for (const json& detector : score["detectors"])
    EXPECT_EQ(json(listened[detector["name"]]), detector["energy"]) << detector["name"];
}

}  // namespace
}  // namespace auscult
