// `auscult train` and `auscult inspect` as a user meets them.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::TempDir;
using test::workshop;

TEST(TrainCommand, WritesAModelAndSaysWhatIsNext) {
  const TempDir folder;
  const auto result =
      auscult({"train", workshop().normal(), "--preset", workshop().preset(), "-o", folder / "m.safetensors"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("8 clips"), std::string::npos) << "what trained: " << result.out;
  EXPECT_NE(result.out.find("auscult score"), std::string::npos) << result.out;
  EXPECT_TRUE(std::filesystem::exists(folder / "m.safetensors"));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) files += entry.exists();
  EXPECT_EQ(files, 1U) << "no temporary file is left";
}

TEST(TrainCommand, JsonIsOneObjectAndNothingElse) {
  const TempDir folder;
  const auto result = auscult(
      {"train", workshop().normal(), "--preset", workshop().preset(), "-o", folder / "m.safetensors", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(test::lines_of(result.out).size(), 1U);
  const json object = json::parse(result.out);
  EXPECT_EQ(object["clips"], 12);
  EXPECT_EQ(object["held_out_clips"], 4);
  EXPECT_EQ(object["preset"], "tiny");
  EXPECT_EQ(object["detectors"].size(), 2U);
  for (const char* key : {"live_threshold", "clip_threshold", "wall_seconds"})
    EXPECT_TRUE(object[key].is_number()) << key;
  EXPECT_TRUE(object["skipped"].empty());
}

TEST(TrainCommand, TheSameSeedGivesTheSameFileWhateverTheThreads) {
  const TempDir folder;
  const auto train = [&](const std::string& name, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"train", workshop().normal(), "--preset", workshop().preset(),
                                          "-o",    folder / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(auscult(arguments).exit_code, 0);
    return test::read_file(folder / name);
  };
  const std::string first = train("a", {"--threads", "1"});
  EXPECT_TRUE(first == train("b", {"--threads", "2"}));
  EXPECT_TRUE(first == test::read_file(workshop().model()));
  EXPECT_FALSE(first == train("c", {"--seed", "2"}));
}

TEST(TrainCommand, OptionsReachTheModel) {
  const TempDir folder;
  const auto trained = auscult({"train",
                                workshop().normal(),
                                "--preset",
                                workshop().preset(),
                                "-o",
                                folder / "m.safetensors",
                                "--epochs",
                                "1",
                                "--seed",
                                "7",
                                "--device",
                                "USB mic",
                                "--purpose",
                                "demo",
                                "--clip-false-alarm-rate",
                                "0.2",
                                "--false-alarms-per-hour",
                                "12",
                                "--channel",
                                "-1"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto inspected = auscult({"inspect", folder / "m.safetensors", "--json"});
  ASSERT_EQ(inspected.exit_code, 0);
  const json model = json::parse(inspected.out);
  EXPECT_EQ(model["purpose"], "demo");
  EXPECT_EQ(model["preset"]["channel"], -1);
  EXPECT_EQ(model["preset"]["detectors"][0]["dagmm"]["schedule"]["epochs"], 1);
  EXPECT_EQ(model["preset"]["calibration"]["clip_false_alarm_rate"], 0.2);
  EXPECT_EQ(model["preset"]["calibration"]["false_alarms_per_hour"], 12);
  EXPECT_EQ(model["training"]["seed"], 7);
  EXPECT_EQ(model["training"]["device"], "USB mic");
}

TEST(TrainCommand, UsesTheTrainingPartOfATreeWithAbnormalClipsOnly) {
  const TempDir folder;
  test::write_normal_clips(folder / "6_dB_pump/pump/id_00/normal", 14);
  test::write_normal_clips(folder / "6_dB_pump/pump/id_00/abnormal", 3, 1.0, 50, 0.2);
  const auto part =
      auscult({"train", folder.path(), "--preset", workshop().preset(), "-o", folder / "m.safetensors", "--json"});
  ASSERT_EQ(part.exit_code, 0) << part.err;
  EXPECT_EQ(json::parse(part.out)["clips"], 11) << "MIMII: as many normals as abnormals are kept for the test";
  EXPECT_EQ(json::parse(part.out)["machine"], "6dB/pump/id_00");
  const auto all = auscult({"train", folder.path(), "--preset", workshop().preset(), "-o", folder / "m.safetensors",
                            "--json", "--all-normals"});
  EXPECT_EQ(json::parse(all.out)["clips"], 14);
}

TEST(InspectCommand, ShowsWhatTheModelHolds) {
  const auto result = auscult({"inspect", workshop().model()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* word : {"tiny", "12 clips", "frames", "summary", "16000 Hz", "Thresholds"})
    EXPECT_NE(result.out.find(word), std::string::npos) << word << "\n" << result.out;
  const auto machine = auscult({"inspect", workshop().model(), "--json"});
  const json object = json::parse(machine.out);
  EXPECT_EQ(object["schema"], 7);
  EXPECT_EQ(object["detectors"].size(), 2U);
  EXPECT_EQ(machine.out.find("file_digests"), std::string::npos);
}

TEST(CommandHelp, EverySubcommandExplainsItself) {
  for (const char* command :
       {"simulate", "train", "score", "evaluate", "benchmark", "listen", "features", "devices", "inspect"}) {
    const auto result = auscult({command, "--help"});
    EXPECT_EQ(result.exit_code, 0) << command;
    EXPECT_GT(result.out.size(), 100U) << command;
    EXPECT_EQ(result.err, "") << command;
  }
  EXPECT_EQ(auscult({"--version"}).exit_code, 0);
}

}  // namespace
}  // namespace auscult
