// Odd sound is reported alike by the commands that take recordings.
#include <algorithm>

#include "support/cli.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::auscult;
using test::machine_sound;
using test::ProcessResult;
using test::Samples;
using test::TempDir;
using test::workshop;

ProcessResult train(const TempDir& folder, const fs::path& data, const std::string& model = "m.safetensors") {
  return auscult({"train", data, "--preset", workshop().preset(), "-o", folder / model, "--epochs", "0", "--json"});
}

double off_level(const ProcessResult& trained) {
  return json::parse(trained.out)["level"]["off_dbfs"];
}

Samples with_dropout(Samples samples) {
  std::fill(samples.begin(), samples.begin() + 24000, 0.0F);
  return samples;
}

TEST(TrainCommandSound, RefusesAChannelWithoutSoundBesideALiveOne) {
  const TempDir folder;
  for (int i = 0; i < 9; ++i) {
    Samples both;
    for (const float x : machine_sound(3.0, {.seed = 1U + static_cast<unsigned>(i)}))
      both.insert(both.end(), {both.size() % 4 == 0 ? 3e-5F : -3e-5F, x});
    test::write_sound(folder / "stereo" / (std::to_string(i) + ".wav"), both, 16000, 2);
  }
  const auto refused = train(folder, folder / "stereo");
  EXPECT_EQ(refused.exit_code, 3) << refused.err;
  EXPECT_NE(refused.err.find("--channel 1"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(folder / "m.safetensors"));
}

TEST(TrainCommandSound, RefusesPureSilence) {
  const TempDir folder;
  for (int i = 0; i < 9; ++i)
    test::write_sound(folder / "off" / (std::to_string(i) + ".wav"), Samples(48000U + static_cast<unsigned>(i), 0.0F));
  const auto refused = train(folder, folder / "off");
  EXPECT_EQ(refused.exit_code, 3) << refused.err;
  EXPECT_NE(refused.err.find("no sound"), std::string::npos) << refused.err;
}

TEST(TrainCommandSound, ADropoutDoesNotMoveTheLevelOfAStoppedMachine) {
  const TempDir folder;
  test::write_normal_clips(folder / "train", 9);
  const double clean = off_level(train(folder, folder / "train"));
  test::write_sound(folder / "train/03.wav", with_dropout(machine_sound(3.0, {.seed = 4})));
  const auto trained = train(folder, folder / "train");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_NEAR(off_level(trained), clean, 4.0);
  EXPECT_NE(trained.err.find("1.5 s"), std::string::npos) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["warnings"].size(), 1U) << trained.out;
  for (const double offset : {0.0, 0.2}) {
    Samples off = machine_sound(3.0, {.gain = 0.003});
    for (float& x : off) x += static_cast<float>(offset);
    test::write_sound(folder / "off.wav", off);
    const auto scored = auscult({"score", folder / "m.safetensors", folder / "off.wav", "--format", "jsonl"});
    EXPECT_EQ(json::parse(scored.out)["running"], false) << offset;
    EXPECT_EQ(json::parse(scored.out)["decision"], 0) << offset;
  }
}

TEST(TrainCommandSound, CopiesOfARecordingCountOnce) {
  const TempDir folder;
  test::write_normal_clips(folder / "rec/a", 9);
  ASSERT_EQ(train(folder, folder / "rec", "once.safetensors").exit_code, 0);
  fs::copy(folder / "rec/a", folder / "rec/b");
  const auto trained = train(folder, folder / "rec", "twice.safetensors");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["clips"], 9);
  EXPECT_NE(trained.err.find("9 recording(s) are copies"), std::string::npos) << trained.err;
  EXPECT_TRUE(test::read_file(folder / "once.safetensors") == test::read_file(folder / "twice.safetensors"));
}

TEST(OddSoundReport, IsTheSameInScoreEvaluateAndListen) {
  const TempDir folder;
  Samples clipped = machine_sound(12.0, {.gain = 30.0});
  for (float& x : clipped) x = std::clamp(x, -1.0F, 1.0F);
  test::write_sound(folder / "abnormal/loud.wav", clipped);
  test::write_sound(folder / "normal/fine.wav", machine_sound(3.0, {.seed = 90}));
  const std::string word = "clipped at full scale";
  const auto scored = auscult({"score", workshop().model(), folder / "abnormal/loud.wav", "--format", "jsonl"});
  EXPECT_EQ(test::count(scored.err, word), 1) << scored.err;
  EXPECT_EQ(json::parse(scored.out)["warnings"][0]["kind"], "clipping");
  const auto evaluated = auscult({"evaluate", workshop().model(), folder.path()});
  EXPECT_EQ(test::count(evaluated.err, word), 1) << evaluated.err;
  const auto heard = auscult({"listen", workshop().model(), "--input", folder / "abnormal/loud.wav"});
  EXPECT_EQ(test::count(heard.err, word), 1) << heard.err;
}

TEST(ScoreCommandFormats, ReadsEveryEndingThatItCanAndCountsTheOthers) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(3.0));
  for (const char* name : {"b.wave", "c.bwf", "d.rf64"}) fs::copy_file(folder / "a.wav", folder / name);
  for (const char* name : {"e.m4a", "f.aac", "g.m4a"}) test::write_file(folder / name, "not for libsndfile");
  const auto scored = auscult({"score", workshop().model(), folder.path()});
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_EQ(test::lines_of(scored.out).size(), 5U) << scored.out;
  EXPECT_EQ(test::count(scored.err, "3 file(s) were left out"), 1) << scored.err;
  EXPECT_NE(scored.err.find("ffmpeg -i"), std::string::npos) << scored.err;
  EXPECT_NE(scored.err.find("2 .m4a"), std::string::npos) << scored.err;
}

TEST(ScoreCommandNames, ReachNoTerminalAndNoSpreadsheetAsCommands) {
  const TempDir folder;
  test::write_sound(folder / "new\nline\x1b[2J.wav", machine_sound(3.0));
  const auto labels = auscult({"score", workshop().model(), folder.path(), "--format", "audacity"});
  EXPECT_EQ(test::lines_of(labels.out).size(), 1U) << labels.out;
  EXPECT_EQ(labels.out.find('\x1b'), std::string::npos);
  test::write_file(folder / "bad\x1b.wav", "x");
  EXPECT_EQ(auscult({"score", workshop().model(), folder.path()}).err.find('\x1b'), std::string::npos);
}

TEST(CommandLineNumbers, WithADecimalCommaGetOneLineThatSaysWhatToWrite) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"listen", workshop().model(), "--input", "a.wav", "--threshold", "3,5"},
                                             {"train", workshop().normal(), "-o", "x", "--scale", "3,5"},
                                             {"score", workshop().model(), "a.wav", "--every", "3,5"}}) {
    const auto result = auscult(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_NE(result.err.find("3,5 is no number; write 3.5"), std::string::npos) << result.err;
    EXPECT_EQ(test::lines_of(result.err).size(), 1U) << result.err;
  }
  const auto range = auscult({"train", workshop().normal(), "-o", "x", "--scale", "-1"});
  EXPECT_LT(range.err.size(), 120U) << range.err;
}

TEST(ListenCommandStatus, IsALineAtEachChangeWhereNobodyWatches) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(6.0));
  const auto lines = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"listen",     workshop().model(), "--input", folder / "a.wav",
                                          "--realtime", "--seconds",        "5",       "--threshold",
                                          "1000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::count(auscult(arguments).out, "dBFS");
  };
  EXPECT_LE(lines({}), 2);
  EXPECT_EQ(lines({"--status", "0"}), 0);
  EXPECT_GE(lines({"--status", "1"}), 3);
}

}  // namespace
}  // namespace auscult
