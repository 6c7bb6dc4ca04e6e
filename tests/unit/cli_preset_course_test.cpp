// The course presets end to end, on a few seconds of a simulated pump and with one pass over them.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;

class PresetCourse : public testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TempDir>();
    ASSERT_EQ(auscult({"simulate", *folder_ / "sim", "--machines", "1", "--normal", "11", "--abnormal", "3",
                       "--seconds", "5.2", "--channels", "1", "--seed", "3"})
                  .exit_code,
              0);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::unique_ptr<test::TempDir> folder_;
};
std::unique_ptr<test::TempDir> PresetCourse::folder_;

// Sixteen windows are the minimum for training: there are enough patches, but not enough 5 s windows.
TEST_P(PresetCourse, TrainScoreAndListenAlike) {
  const std::string model = *folder_ / (std::string(GetParam()) + ".safetensors"), sound = *folder_ / "sim";
  const auto trained =
      auscult({"train", sound, "--all-normals", "--preset", GetParam(), "--epochs", "1", "-o", model, "--json"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["preset"], GetParam());

  const auto clips = json::parse(trained.out)["clips"];
  EXPECT_EQ(clips, 11);
  std::string clip;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sound))
    if (entry.path().string().find("abnormal") != std::string::npos && entry.path().extension() == ".wav")
      clip = entry.path();
  const auto scored = auscult({"score", model, clip, "--format", "jsonl"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  const json line = test::json_lines(scored.out).at(0);
  ASSERT_TRUE(line["score"].is_number());
  ASSERT_EQ(line["detectors"][0]["energy"].size(), 7U) << "162 frames hold seven windows of 64 every 16";
  json listened = json::array();
  for (const json& one : test::json_lines(auscult({"listen", model, "--input", clip, "--json"}).out))
    if (one["type"] == "energy" && one["detectors"].contains("patch"))
      listened.push_back(one["detectors"]["patch"]["energy"]);
  EXPECT_EQ(listened, line["detectors"][0]["energy"]);
  EXPECT_EQ(auscult({"inspect", model}).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Convolutional, PresetCourse, testing::Values("course-cnn-mel", "course-rescnn-mel"));

TEST(PresetCourseAudio, NeedsFiveSecondsAndSaysSo) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 10, 4.0);
  const auto trained =
      auscult({"train", folder / "normal", "--preset", "course-audio", "-o", folder / "m.safetensors"});
  test::expect_one_message(trained, 3, "waveform");
}

}  // namespace
}  // namespace auscult
