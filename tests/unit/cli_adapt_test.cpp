// `auscult adapt` as a user meets it.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::TempDir;

// A model with memory, and a folder with sound of another state.
class AdaptCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TempDir;
    test::write_normal_clips(*folder / "normal", 12);
    test::write_file(*folder / "p.json", R"({"name": "near", "description": "for tests", "frontend": {"n_mels": 16},
      "detectors": [{"name": "neighbour", "input": "summary", "window": 31, "step": 8, "energy": "neighbour", "members": 0}],
      "calibration": {"folds": 4}})");
    const auto trained = auscult({"train", *folder / "normal", "--preset", *folder / "p.json", "-o", model()});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    for (unsigned i = 0; i < 3; ++i)
      test::write_sound(*folder / ("load/" + std::to_string(i) + ".wav"),
                        test::machine_sound(4.0, {.seed = 100 + i, .fault = 0.05}));
  }
  static void TearDownTestSuite() { delete folder; }
  static std::string model() { return *folder / "m.safetensors"; }
  static TempDir* folder;
};
TempDir* AdaptCommand::folder = nullptr;

TEST_F(AdaptCommand, WritesAModelAndSaysWhatChanged) {
  const auto text = auscult({"adapt", model(), *folder / "load", "-o", *folder / "a.safetensors"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("Adapted to 3 recording(s)"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("3 of 3 before, 0 now"), std::string::npos) << text.out;
  const auto object = auscult({"adapt", model(), *folder / "load", "-o", *folder / "b.safetensors", "--json"});
  ASSERT_EQ(object.exit_code, 0) << object.err;
  const json result = json::parse(object.out);
  ASSERT_EQ(result["clips"].size(), 3U);
  EXPECT_LT(result["clips"][0]["after"].get<double>(), result["clips"][0]["before"].get<double>());
  EXPECT_EQ(test::read_file(*folder / "a.safetensors"), test::read_file(*folder / "b.safetensors"));
  const auto inspected = auscult({"inspect", *folder / "a.safetensors", "--json"});
  EXPECT_EQ(json::parse(inspected.out)["training"]["adapted_clips"], 3);
}

TEST_F(AdaptCommand, LearnsNoSoundWhoseNameSaysFault) {
  std::filesystem::create_directory(*folder / "set");
  std::filesystem::copy(*folder / "load", *folder / "set/good", std::filesystem::copy_options::recursive);
  test::write_sound(*folder / "set/broken/x.wav", test::machine_sound(4.0, {.seed = 7, .fault = 0.2}));
  const auto some = auscult({"adapt", model(), *folder / "set", "-o", *folder / "c.safetensors"});
  ASSERT_EQ(some.exit_code, 0) << some.err;
  EXPECT_NE(some.err.find("1 recording(s) are not learned"), std::string::npos) << some.err;
  EXPECT_NE(some.out.find("Adapted to 3 recording(s)"), std::string::npos) << some.out;
  const auto none = auscult({"adapt", model(), *folder / "set/broken", "-o", *folder / "d.safetensors"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(*folder / "d.safetensors"));
  const auto forced = auscult({"adapt", model(), "--normal", *folder / "set/broken", "-o", *folder / "d.safetensors"});
  EXPECT_EQ(forced.exit_code, 0) << forced.err;
}

TEST_F(AdaptCommand, NamesWhatIsWrong) {
  test::expect_one_message(auscult({"adapt", model(), "-o", *folder / "e.safetensors"}), 2, "no recordings");
  test::expect_one_message(auscult({"adapt", model(), *folder / "nowhere", "-o", *folder / "e.safetensors"}), 3,
                           "no such file");
  test::expect_one_message(auscult({"adapt", model(), *folder / "load", "-o", *folder / "no/where.safetensors"}), 6,
                           "cannot be written");
  test::expect_one_message(auscult({"adapt", *folder / "load/0.wav", model(), "-o", *folder / "e.safetensors"}), 4,
                           "0.wav");
  test::expect_one_message(auscult({"adapt", model(), *folder / "normal", "-o", *folder / "e.safetensors"}), 3,
                           "already learned");
  EXPECT_FALSE(std::filesystem::exists(*folder / "e.safetensors"));
  const std::string before = test::read_file(*folder / "load/0.wav");
  test::expect_one_message(auscult({"adapt", model(), *folder / "load", "-o", *folder / "load/0.wav"}), 2,
                           "would be replaced");
  EXPECT_EQ(test::read_file(*folder / "load/0.wav"), before);
  std::filesystem::create_directories(*folder / "pump/id_00/normal");
  std::filesystem::create_directories(*folder / "pump/id_02/normal");
  std::filesystem::copy(*folder / "load/0.wav", *folder / "pump/id_00/normal/0.wav");
  std::filesystem::copy(*folder / "load/1.wav", *folder / "pump/id_02/normal/1.wav");
  test::expect_one_message(auscult({"adapt", model(), *folder / "pump", "-o", *folder / "e.safetensors"}), 2,
                           "several machines");
}

}  // namespace
}  // namespace auscult
