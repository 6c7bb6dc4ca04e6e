// `auscult refit` as a user meets it.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::TempDir;
using test::workshop;

TEST(RefitCommand, SaysHowUnusualTheAddedSoundWasAndIs) {
  const TempDir folder;
  test::write_sound(folder / "odd.wav", test::machine_sound(4.0, {.seed = 50, .fault = 0.05}));
  const auto text = auscult({"refit", workshop().model(), "--recordings", workshop().normal(), "--add",
                             folder / "odd.wav", "-o", folder / "m.safetensors"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("1 added clip"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("odd.wav: peak score "), std::string::npos) << text.out;
  const auto object = auscult({"refit", workshop().model(), "--recordings", workshop().normal(), "--add",
                               folder / "odd.wav", "-o", folder / "j.safetensors", "--json"});
  ASSERT_EQ(object.exit_code, 0) << object.err;
  const json result = json::parse(object.out);
  ASSERT_EQ(result["added"].size(), 1U);
  EXPECT_LT(result["added"][0]["after"].get<double>(), result["added"][0]["before"].get<double>());
  EXPECT_EQ(result["preset"], "tiny");
  EXPECT_TRUE(test::read_file(folder / "m.safetensors") == test::read_file(folder / "j.safetensors"))
      << "the same sound, the same model";
}

TEST(RefitCommand, WithoutTheRecordingsNothingIsWritten) {
  const TempDir folder;
  test::write_sound(folder / "odd.wav", test::machine_sound(4.0, {.seed = 50, .fault = 0.05}));
  test::expect_one_message(auscult({"refit", workshop().model(), "--recordings", folder.path(), "--add",
                                    folder / "odd.wav", "-o", folder / "m.safetensors"}),
                           3, "0 of the 12 training recordings");
  test::expect_one_message(auscult({"refit", workshop().model(), "--recordings", folder / "nowhere", "--add",
                                    folder / "odd.wav", "-o", folder / "m.safetensors"}),
                           3, "no such file or folder");
  test::expect_one_message(auscult({"refit", workshop().model(), "--recordings", workshop().normal(), "--add",
                                    folder / "none.wav", "-o", folder / "m.safetensors"}),
                           3, "none.wav");
  test::expect_one_message(auscult({"refit", workshop().model(), "--recordings", workshop().normal(), "--add",
                                    folder / "odd.wav", "-o", folder / "no/where/m.safetensors"}),
                           6, "folder does not exist");
  EXPECT_FALSE(std::filesystem::exists(folder / "m.safetensors"));
}

}  // namespace
}  // namespace auscult
