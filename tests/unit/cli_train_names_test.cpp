// `auscult train` on folders whose names say that not everything in them is normal sound of one machine.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::ProcessResult;
using test::TempDir;
using test::workshop;

ProcessResult train(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "train");
  for (const std::string& more :
       {std::string("--preset"), workshop().preset(), std::string("-o"), (folder / "m.safetensors").string(),
        std::string("--epochs"), std::string("0"), std::string("--json")})
    arguments.push_back(more);
  return auscult(arguments);
}

TEST(TrainCommandNames, NeverLearnAFaultAsNormal) {
  const std::vector<std::pair<std::string, std::string>> pairs = {{"Normal", "Abnormal"},
                                                                  {"good", "broken"},
                                                                  {"OK", "NG"},
                                                                  {"normal", "anomaly"},
                                                                  {"NormalSound_IND", "AnomalousSound_IND"},
                                                                  {"engine1_good", "engine2_broken"}};
  for (const auto& [good, bad] : pairs) {
    const TempDir folder;
    test::write_normal_clips(folder / "set" / good, 9);
    test::write_normal_clips(folder / "set" / bad, 3, 1.0, 50, 0.2);
    const auto trained = train(folder, {folder / "set"});
    ASSERT_EQ(trained.exit_code, 0) << good << ": " << trained.err;
    EXPECT_EQ(json::parse(trained.out)["clips"], 9) << good;
    EXPECT_NE(trained.err.find("3 in " + (folder / "set" / bad).string()), std::string::npos) << trained.err;
    EXPECT_NE(trained.err.find("9 in " + (folder / "set" / good).string()), std::string::npos) << trained.err;
  }
}

TEST(TrainCommandNames, NeitherLearnFaultyFilesAmongNormalOnes) {
  const TempDir folder;
  test::write_normal_clips(folder / "normal", 9);
  for (const char* name : {"abnormal_01.wav", "NG-2.wav", "case1_ab01_IND_ch1_0001.wav"})
    test::write_sound(folder / "normal" / name, test::machine_sound(1.0, {.seed = 70, .fault = 0.3}));
  const auto trained = train(folder, {folder / "normal"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["clips"], 9);
  EXPECT_NE(trained.err.find("3 clips do not train"), std::string::npos) << trained.err;
}

TEST(TrainCommandNames, RefuseAFolderThatSaysFaultUnlessItIsCalledNormal) {
  const TempDir folder;
  test::write_normal_clips(folder / "broken_glass_plant", 9);
  const auto refused = train(folder, {folder / "broken_glass_plant"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_NE(refused.err.find("broken_glass_plant"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--normal"), std::string::npos) << refused.err;
  const auto trained = train(folder, {"--normal", folder / "broken_glass_plant"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["clips"], 9);
}

TEST(TrainCommandNames, SiblingFoldersThatLookLikeMachinesAreListed) {
  const TempDir folder;
  for (const char* machine : {"pump1", "pump2"}) test::write_normal_clips(folder / "plant" / machine, 9);
  const auto refused = train(folder, {folder / "plant"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("pump 2: " + (folder / "plant/pump2").string()), std::string::npos) << refused.err;
  EXPECT_EQ(train(folder, {folder / "plant/pump1"}).exit_code, 0);
}

TEST(TrainCommandNames, OtherSiblingFoldersAreCountedOneByOne) {
  const TempDir folder;
  test::write_normal_clips(folder / "rec/monday", 5);
  test::write_normal_clips(folder / "rec/tuesday", 4, 3.0, 30);
  const auto trained = train(folder, {folder / "rec"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_NE(trained.err.find("5 in " + (folder / "rec/monday").string()), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("4 in " + (folder / "rec/tuesday").string()), std::string::npos) << trained.err;
}

}  // namespace
}  // namespace auscult
