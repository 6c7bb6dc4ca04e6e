#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dataset/split.h"
#include "support/files.h"

namespace auscult {
namespace {

std::vector<Clip> clips(int count, Label label, const std::string& folder, DcaseSplit split = DcaseSplit::none) {
  std::vector<Clip> result;
  for (int i = 0; i < count; ++i) {
    Clip clip;
    clip.path = folder + "/" + std::to_string(100 + i) + ".wav";
    clip.label = label;
    clip.split = split;
    result.push_back(clip);
  }
  return result;
}

std::vector<Clip> operator+(std::vector<Clip> a, const std::vector<Clip>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<std::string> paths(const std::vector<Clip>& some) {
  std::vector<std::string> result;
  for (const Clip& clip : some) result.push_back(clip.path.string());
  return result;
}

TEST(SplitMachine, TestsWithTheFirstNormalsAndAllAbnormalsAsMimiiDoes) {
  std::vector<Clip> all = clips(5, Label::normal, "normal") + clips(2, Label::abnormal, "abnormal");
  std::reverse(all.begin(), all.end());  // path order counts, not the order given
  const auto split = split_machine(all);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->protocol, "mimii");
  EXPECT_EQ(paths(split->train), (std::vector<std::string>{"normal/102.wav", "normal/103.wav", "normal/104.wav"}));
  EXPECT_EQ(paths(split->test),
            (std::vector<std::string>{"normal/100.wav", "normal/101.wav", "abnormal/100.wav", "abnormal/101.wav"}));
}

TEST(SplitMachine, FollowsDcaseFolders) {
  const auto split = split_machine(
      clips(4, Label::normal, "train", DcaseSplit::train) + clips(2, Label::normal, "test", DcaseSplit::test) +
      clips(3, Label::abnormal, "bad", DcaseSplit::test) + clips(9, Label::unknown, "supplemental"));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->protocol, "dcase");
  EXPECT_EQ(split->train.size(), 4U);
  EXPECT_EQ(split->test.size(), 5U);
}

TEST(SplitMachine, TrainsOnEverythingWhereThereIsNothingToTest) {
  const auto split = split_machine(clips(4, Label::normal, "normal") + clips(3, Label::unknown, "other"));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->protocol, "all normals");
  EXPECT_EQ(split->train.size(), 4U);
  EXPECT_TRUE(split->test.empty());
}

TEST(SplitMachine, TrainsOnAllNormalsWhenAsked) {
  for (DcaseSplit part : {DcaseSplit::none, DcaseSplit::test}) {
    const auto split = split_machine(clips(2, Label::normal, "a", part) + clips(3, Label::abnormal, "b", part), true);
    ASSERT_TRUE(split);
    EXPECT_EQ(split->train.size(), 2U);
    EXPECT_EQ(split->test.size(), 3U);
  }
}

TEST(SplitMachine, SaysWhatToDoWhenNothingIsLeftToTrain) {
  const auto few = split_machine(clips(3, Label::normal, "normal") + clips(3, Label::abnormal, "abnormal"));
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(few.error().hint.find("--all-normals"), std::string::npos);
  const auto only_test = split_machine(clips(3, Label::normal, "test", DcaseSplit::test));
  ASSERT_FALSE(only_test);
  EXPECT_NE(only_test.error().hint.find("train folder"), std::string::npos);
  const auto none = split_machine(clips(3, Label::abnormal, "abnormal"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_enough_data);
}

TEST(HoldOutBlock, IsTheLastPartInOneBlock) {
  const HeldOut h = hold_out_block(10, 0.25);
  EXPECT_EQ(h.train, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(h.held_out, (std::vector<std::size_t>{7, 8, 9}));
}

TEST(HoldOutBlock, LeavesSomethingOnBothSidesWhereItCan) {
  EXPECT_EQ(hold_out_block(0, 0.2).train.size(), 0U);
  EXPECT_EQ(hold_out_block(1, 0.2).train.size(), 1U);
  EXPECT_EQ(hold_out_block(2, 0.0).held_out.size(), 1U);
  EXPECT_EQ(hold_out_block(2, 1.0).train.size(), 1U);
  EXPECT_EQ(hold_out_block(30, 0.1).held_out.size(), 3U);  // 30 * 0.1 is a hair above 3 in binary
  EXPECT_EQ(hold_out_block(7, 0.2).held_out.size(), 2U);
}

// Published vectors of XXH3-128 (xxhsum -H128): the empty input, and "abc".
TEST(FileDigest, IsXxh3Of128Bits) {
  const test::TempDir folder;
  test::write_file(folder / "empty", "");
  test::write_file(folder / "abc", "abc");
  EXPECT_EQ(file_digest(folder / "empty").value(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(file_digest(folder / "abc").value(), "06b05ab6733a618578af5f94892f3950");
}

TEST(FileDigest, SeesOneChangedByteInALargeFileWhereverItLies) {
  const test::TempDir folder;
  std::string bytes(300'000, 'x');
  test::write_file(folder / "a", bytes);
  test::write_file(folder / "elsewhere/b", bytes);
  bytes[250'000] = 'y';
  test::write_file(folder / "c", bytes);
  EXPECT_EQ(file_digest(folder / "a").value(), file_digest(folder / "elsewhere/b").value());
  EXPECT_NE(file_digest(folder / "a").value(), file_digest(folder / "c").value());
}

TEST(FileDigest, NamesAFileThatCannotBeRead) {
  const test::TempDir folder;
  for (const auto& path : {folder / "missing.wav", folder.path()}) {
    const auto digest = file_digest(path);
    ASSERT_FALSE(digest);
    EXPECT_EQ(digest.error().code, ErrorCode::file_not_found);
    EXPECT_EQ(digest.error().context, path.string());
  }
}

}  // namespace
}  // namespace auscult
