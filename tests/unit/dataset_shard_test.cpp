// The division of work: every name belongs to one part, whatever else there is.
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "dataset/shard.h"

namespace auscult {
namespace {

std::string recording(int i) {
  return "plant/pump_" + std::to_string(i % 7) + "/" + std::to_string(i) + ".wav";
}

TEST(ShardOf, PutsEachNameIntoExactlyOnePart) {
  for (const int count : {1, 2, 3, 20, 1000}) {
    std::map<int, int> sizes;
    for (int i = 0; i < 5000; ++i) {
      int parts = 0;
      for (int number = 1; number <= count; ++number) parts += in_shard(recording(i), {number, count});
      ASSERT_EQ(parts, 1);
      ++sizes[shard_of(recording(i), count)];
    }
    EXPECT_LE(sizes.size(), static_cast<std::size_t>(count));
  }
}

TEST(ShardOf, MakesPartsOfAboutEqualSize) {
  std::map<int, int> sizes;
  for (int i = 0; i < 10000; ++i) ++sizes[shard_of(recording(i), 20)];
  for (const auto& [number, size] : sizes) EXPECT_NEAR(size, 500, 110) << number << ": five standard deviations";
}

// Shards of an older version can be gone on with.
TEST(ShardOf, IsTheSameInEveryVersion) {
  EXPECT_EQ(shard_of("", 1000), 1 + static_cast<int>(0x2d06800538d394c2ULL % 1000U)) << "XXH3-64 of nothing";
  const std::vector<int> parts = {shard_of("a.wav", 20), shard_of("id_00/normal/00000000.wav", 20),
                                  shard_of("id_00/normal/00000001.wav", 20)};
  EXPECT_EQ(parts, (std::vector<int>{19, 6, 9}));
}

TEST(ParseShard, TakesAPartOfAWholeAlone) {
  EXPECT_EQ(*parse_shard("3/20"), (Shard{3, 20}));
  EXPECT_EQ(*parse_shard("1/1"), (Shard{1, 1}));
  for (const char* wrong :
       {"", "3", "/", "3/", "/3", "0/3", "4/3", "-1/3", "1/0", "1/3/5", "a/3", "1/3x", " 1/3", "1/100001"}) {
    const auto shard = parse_shard(wrong);
    ASSERT_FALSE(shard) << wrong;
    EXPECT_EQ(shard.error().code, ErrorCode::usage);
  }
}

TEST(ShardFile, SortsByNumber) {
  EXPECT_EQ(shard_file("scores.csv", {3, 20}), "scores.csv.00003-of-00020");
  EXPECT_LT(shard_file("a", {9, 100}), shard_file("a", {10, 100}));
}

TEST(ListDigest, DependsOnNamesTheirOrderAndTheirBorders) {
  const auto digest = [](const std::vector<std::string>& names) {
    ListDigest list;
    for (const std::string& name : names) list.add(name);
    return list.text();
  };
  EXPECT_EQ(digest({"a", "b"}), digest({"a", "b"}));
  EXPECT_NE(digest({"a", "b"}), digest({"b", "a"}));
  EXPECT_NE(digest({"a", "b"}), digest({"ab"}));
  EXPECT_NE(digest({"a"}), digest({"a", "a"}));
}

}  // namespace
}  // namespace auscult
