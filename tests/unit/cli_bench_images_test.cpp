// auscult-bench images on generated pictures: vertical stripes, with a bright spot if abnormal.
#include <algorithm>
#include <cstdint>
#include <random>

#include <stb_image_write.h>

#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::TempDir;

void write_picture(const std::filesystem::path& path, unsigned seed, bool blot, int width = 80, int height = 64) {
  std::mt19937 random(seed);
  std::filesystem::create_directories(path.parent_path());
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool inside = blot && std::abs(x - width / 2) < 14 && std::abs(y - height / 2) < 14;
      for (int channel = 0; channel < 3; ++channel)
        pixels.push_back(static_cast<std::uint8_t>(
            inside ? 250 : 60 + 40 * ((x / 8) % 2) + 10 * channel + static_cast<int>(random() % 20)));
    }
  if (path.extension() == ".jpg")
    ASSERT_TRUE(stbi_write_jpg(path.c_str(), width, height, 3, pixels.data(), 90));
  else
    ASSERT_TRUE(stbi_write_png(path.c_str(), width, height, 3, pixels.data(), width * 3));
}

void write_set(const TempDir& folder, int normals, int abnormals) {
  for (int i = 0; i < normals; ++i)
    write_picture(folder.path() / "normal" / (std::to_string(i) + (i % 2 ? ".png" : ".jpg")), static_cast<unsigned>(i),
                  false);
  for (int i = 0; i < abnormals; ++i)
    write_picture(folder.path() / "abnormal" / (std::to_string(i) + ".PNG"), static_cast<unsigned>(100 + i), true, 64,
                  100);
}

test::ProcessResult images(const std::filesystem::path& data, const std::vector<std::string>& more = {}) {
  std::vector<std::string> command = {test::program("auscult-bench"), "images", "--data", data.string()};
  command.insert(command.end(), more.begin(), more.end());
  return test::run_process(command);
}

class BenchImagesCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(test::program("auscult-bench"))) GTEST_SKIP() << "built without auscult-bench";
  }
};

TEST_F(BenchImagesCommand, BothNetworksAreJudgedBesideTheirControls) {
  const TempDir folder;
  write_set(folder, 34, 6);
  const std::vector<std::string> briefly = {"--seeds", "2", "--epochs", "2", "--json"};
  const auto result = images(folder.path(), briefly);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json table = json::parse(result.out);
  std::vector<std::string> names;
  for (const json& row : table["rows"]) {
    names.push_back(row["group"].get<std::string>() + " " + row["score"].get<std::string>());
    EXPECT_EQ(row["normals"], 17) << "half of the normals train";
    EXPECT_EQ(row["abnormals"], 6);
    EXPECT_EQ(row["seeds"], 2);
    EXPECT_FALSE(row.contains("f1")) << "there is no threshold";
    if (row["score"] == "template") {
      EXPECT_GT(row["auc"].get<double>(), 0.99) << "the blot is far from the mean picture";
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"cnn dagmm", "cnn untrained", "cnn template", "rescnn dagmm",
                                             "rescnn untrained", "rescnn template"}));
  EXPECT_TRUE(table["mean"].contains("dagmm"));
  EXPECT_TRUE(images(folder.path(), briefly).out == result.out) << "the same seeds give the same table";
}

TEST_F(BenchImagesCommand, WhatCannotBeReadIsNamedAndLeftOut) {
  const TempDir folder;
  write_set(folder, 32, 2);
  test::write_file(folder.path() / "normal" / "broken.png", "no picture");
  test::write_file(folder.path() / "normal" / "notes.txt", "no matter");
  const auto result = images(folder.path(), {"--seeds", "1", "--epochs", "0"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("broken.png"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("notes.txt"), std::string::npos);
  EXPECT_NE(result.out.find("half of 32 normal pictures"), std::string::npos) << result.out;
}

TEST_F(BenchImagesCommand, TooFewAreRefused) {
  const TempDir folder;
  write_set(folder, 31, 1);
  test::expect_one_message(images(folder.path()), 3, "31 normal and 1 abnormal");
}

TEST_F(BenchImagesCommand, AFolderThatIsMissingIsNamed) {
  const TempDir folder;
  test::expect_one_message(images(folder / "none"), 3, "none/normal");
  std::filesystem::create_directories(folder / "normal");
  test::expect_one_message(images(folder.path()), 3, "abnormal");
}

}  // namespace
}  // namespace auscult
