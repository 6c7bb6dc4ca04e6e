// Progress and result of `auscult train` for programs: what the window reads, and docs/cli.md describes.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::TempDir;
using test::workshop;

test::ProcessResult train(const TempDir& folder, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"train", workshop().normal(),      "--preset", workshop().preset(),
                                        "-o",    folder / "m.safetensors", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return auscult(arguments);
}

TEST(TrainCommandProgress, IsOneJsonObjectALineOnStderr) {
  const TempDir folder;
  const auto result = train(folder, {"--progress", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> stages;
  int losses = 0;
  double seconds = 0.0;
  for (const json& line : test::json_lines(result.err)) {
    ASSERT_TRUE(line.at("stage").is_string());
    EXPECT_GE(line.at("seconds").get<double>(), seconds);
    seconds = line.at("seconds");
    if (line.at("stage") == "loss") {
      ++losses;
      EXPECT_TRUE(line.at("detector") == "frames" || line.at("detector") == "summary");
      EXPECT_TRUE(line.at("loss").is_number() && line.at("done").is_number() && line.at("model").is_number());
      continue;
    }
    EXPECT_LE(line.at("done").get<int>(), line.at("total").get<int>());
    if (stages.empty() || stages.back() != line.at("stage")) stages.push_back(line.at("stage"));
  }
  EXPECT_EQ(stages, (std::vector<std::string>{"reading", "training", "calibrating", "setting thresholds"}));
  EXPECT_GE(losses, 2) << "every curve's first point";
}

TEST(TrainCommandProgress, PrintsAnErrorAsAnObject) {
  const TempDir folder;
  test::write_file(folder / "normal" / "text.wav", "no sound");
  for (const std::vector<std::string>& asked :
       {std::vector<std::string>{"--json"}, std::vector<std::string>{"--json", "--progress", "json"}}) {
    std::vector<std::string> arguments = {"train", folder / "normal",       "--preset", workshop().preset(),
                                          "-o",    folder / "m.safetensors"};
    arguments.insert(arguments.end(), asked.begin(), asked.end());
    const auto result = auscult(arguments);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.out, "");
    std::optional<json> error;
    for (const std::string& line : test::lines_of(result.err))
      if (const json object = json::parse(line, nullptr, false);
          object.is_object() && object.value("stage", "") == "error")
        error = object;
    ASSERT_TRUE(error) << result.err;
    EXPECT_EQ(error->at("code"), "not_audio");
    EXPECT_NE(error->at("context").get<std::string>().find("text.wav"), std::string::npos);
    EXPECT_FALSE(error->at("what").get<std::string>().empty());
    EXPECT_FALSE(error->at("hint").get<std::string>().empty());
    EXPECT_NE(result.err.find("auscult: error: "), std::string::npos) << "printed for people, too";
  }
}

TEST(TrainCommandProgress, NoneIsNone) {
  const TempDir folder;
  const auto result = train(folder, {"--progress", "none"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(train(folder, {"--progress", "fireworks"}).exit_code, 2);
}

TEST(TrainCommandProgress, ResultHoldsWhatAThresholdIsChosenBy) {
  const TempDir folder;
  const auto result = train(folder, {});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json object = json::parse(result.out), held_out = object.at("held_out");
  EXPECT_EQ(held_out.at("histogram").size(), 40U);
  std::int64_t moments = 0;
  for (const json& count : held_out.at("histogram")) moments += count.get<std::int64_t>();
  EXPECT_GT(moments, 100) << "12 s of held-out sound";
  EXPECT_GT(held_out.at("bin_width").get<double>(), 0.0);
  const double finest = held_out.at("finest_false_alarms_per_hour"), held_out_seconds = object.at("held_out_seconds");
  EXPECT_NEAR(finest, 3600.0 / held_out_seconds, 1e-6);
  double rate = 0.0, threshold = 1e9;
  ASSERT_FALSE(held_out.at("rates").empty());
  for (const json& offered : held_out.at("rates")) {
    EXPECT_GE(offered.at("per_hour").get<double>(), finest) << "no finer rate than the held-out time supports";
    EXPECT_GT(offered.at("per_hour").get<double>(), rate);
    EXPECT_LE(offered.at("threshold").get<double>(), threshold) << "more false alarms, a lower threshold";
    rate = offered.at("per_hour");
    threshold = offered.at("threshold");
  }
  EXPECT_LT(object.at("level").at("off_dbfs").get<double>(), object.at("level").at("low_dbfs").get<double>());
}

TEST(TrainCommandProgress, LiveInputOfARecordingReachesTheModel) {
  const TempDir folder;
  ASSERT_EQ(
      train(folder, {"--device", "USB mic", "--input-rate", "48000", "--input-channels", "2", "--input-channel", "1"})
          .exit_code,
      0);
  const json model = json::parse(auscult({"inspect", folder / "m.safetensors", "--json"}).out);
  EXPECT_EQ(model["training"]["device"], "USB mic");
  EXPECT_EQ(model["training"]["source_rate"], 48000);
  EXPECT_EQ(model["training"]["source_channels"], 2);
  EXPECT_EQ(model["preset"]["channel"], 1);
}

TEST(TrainCommandProgress, EndsWithTheProgramThatStartedIt) {
  const TempDir folder;
  const auto orphan =
      train(folder, {"--end-with-stdin", "--epochs", "100000"});  // standard input is empty: its parent is gone
  EXPECT_EQ(orphan.exit_code, 130);
  EXPECT_FALSE(std::filesystem::exists(folder / "m.safetensors"));
}

}  // namespace
}  // namespace auscult
