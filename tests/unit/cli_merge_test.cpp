// `auscult score --files-from --shard` and `auscult merge`: many processes write the bytes of one.
#include <algorithm>
#include <set>

#include "support/shards.h"

namespace auscult {
namespace {

using test::Archive;
using test::merge;
using test::read_file;
using test::score;
using test::score_parts;

TEST(ScoreCommandList, ScoresTheNamesOfAListInItsOrder) {
  const Archive archive(4);
  const auto result = score(archive, {});
  EXPECT_EQ(result.exit_code, 3) << "two of them cannot be scored";
  std::vector<std::string> names;
  for (const std::string& line : test::lines_of(result.out)) names.push_back(line.substr(0, line.find(',')));
  names.erase(names.begin());
  std::vector<std::string> wanted = test::lines_of(read_file(archive.list()));
  EXPECT_EQ(names, wanted);
  EXPECT_TRUE(test::lines_of(result.out).at(5).ends_with("missing.wav,,,,")) << result.out;
}

TEST(ScoreCommandList, ReadsNamesThatEndWithAZeroByte) {
  const Archive archive(2);
  const std::string odd = archive.sound("a\nb.wav");
  std::filesystem::copy_file(archive.sound(Archive::name(0)), odd);
  test::write_file(archive.list(), odd + '\0' + archive.sound(Archive::name(1)) + '\0');
  const auto result = score(archive, {"-0", "--format", "jsonl"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(test::json_lines(result.out).at(0)["file"], odd);
  EXPECT_EQ(test::json_lines(result.out).size(), 2U);
}

TEST(ScoreCommandList, ReadsAListFromStandardInput) {
  const Archive archive(2);
  const auto result = test::run_process({"/bin/sh", "-c", "head -n 2 \"$0\" | \"$1\" score \"$2\" --files-from -",
                                         archive.list(), test::program("auscult"), test::workshop().model()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(test::lines_of(result.out).size(), 3U);
}

TEST(ScoreCommandList, RefusesNothingToScore) {
  const Archive archive(1);
  test::expect_one_message(test::auscult({"score", test::workshop().model()}), 2, "--files-from");
  test::expect_one_message(test::auscult({"score", test::workshop().model(), "--files-from", archive / "none.txt"}), 3,
                           "none.txt");
  test::write_file(archive / "empty.txt", "\n\n");
  test::expect_one_message(test::auscult({"score", test::workshop().model(), "--files-from", archive / "empty.txt"}), 3,
                           "names no recording");
}

TEST(MergeCommand, GivesTheBytesOfOneProcessForAnyNumberOfParts) {
  const Archive archive;
  for (const char* format : {"csv", "jsonl", "dcase"}) {
    const std::string one = archive / "one";
    ASSERT_EQ(score(archive, {"-o", one + ".csv", "--format", format}).exit_code, 3);
    for (const int count : {1, 3, 20}) {
      const auto shards = score_parts(archive, count, archive / (std::string(format) + ".csv"), {"--format", format});
      const std::string all = archive / ("all_" + std::to_string(count) + ".csv");
      const auto merged = merge(shards, {"-o", all, "--files-from", archive.list()});
      ASSERT_EQ(merged.exit_code, 0) << merged.err;
      EXPECT_NE(merged.err.find("2 of 27 results"), std::string::npos) << merged.err;
      EXPECT_TRUE(read_file(all) == read_file(one + ".csv")) << format << ", " << count;
      std::vector<std::string> reversed(shards.rbegin(), shards.rend());
      EXPECT_TRUE(merge(reversed, {}).out == read_file(all)) << "on standard output, whatever the order of the shards";
    }
  }
}

TEST(MergeCommand, GivesTheFilesOfTheDcaseEvaluator) {
  const Archive archive(6);
  const auto folder = [&](const std::string& name) { return (archive / name).string(); };
  test::write_file(archive.list(), archive.sound(Archive::name(0)) + "\n" + archive.sound(Archive::name(1)) + "\n" +
                                       archive.sound(Archive::name(2)) + "\n");
  ASSERT_EQ(score(archive, {"-o", folder("one"), "--format", "dcase"}).exit_code, 0);
  const auto merged = merge(score_parts(archive, 2, folder("part"), {"--format", "dcase"}), {"-o", folder("all")});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder("one"))) {
    EXPECT_TRUE(read_file(file.path()) == read_file(archive / "all" / file.path().filename())) << file.path();
    ++files;
  }
  EXPECT_EQ(files, 2);
}

TEST(ScoreCommandShards, AreRowsThatOtherProgramsCanRead) {
  const Archive archive(6);
  std::set<std::string> rows;
  for (const std::string& shard : score_parts(archive, 3, archive / "scores.csv")) {
    auto lines = test::lines_of(read_file(shard));
    ASSERT_FALSE(lines.empty()) << "a header, also without rows";
    EXPECT_EQ(lines.front(), "file,score,threshold,decision,events");
    rows.insert(lines.begin() + 1, lines.end());
  }
  EXPECT_EQ(rows.size(), 8U) << "one name is listed twice";
}

// The conversions of docs/scale.md.
TEST(ScoreCommandShards, AreTablesForPandas) {
  const std::string python = "/usr/bin/python3";
  if (test::run_process({python, "-c", "import pandas"}).exit_code != 0)
    GTEST_SKIP() << "no pandas: apt-get install python3-pandas";
  const Archive archive(6);
  score_parts(archive, 2, archive / "scores.csv");
  score_parts(archive, 2, archive / "scores.jsonl", {"--format", "jsonl"});
  const auto rows = [&](const char* expression, const char* pattern) {
    const auto result =
        test::run_process({python, "-c", std::string("import sys, glob, pandas as pd; print(len(") + expression + "))",
                           archive / pattern});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  EXPECT_EQ(rows("pd.concat(map(pd.read_csv, sorted(glob.glob(sys.argv[1]))))", "scores.csv.*-of-00002"), "9\n");
  EXPECT_EQ(
      rows("pd.concat(pd.read_json(f, lines=True) for f in sorted(glob.glob(sys.argv[1])))", "scores.jsonl.*-of-00002"),
      "9\n");
}

TEST(ScoreCommandShards, DoNotDependOnWhereAFolderLies) {
  const Archive archive(12);
  std::filesystem::create_directories(archive / "elsewhere");
  std::filesystem::copy(archive.sound(""), archive / "elsewhere/mounted");
  const auto names = [&](const std::string& folder) {
    const std::string output = archive / (std::filesystem::path(folder).filename().string() + ".csv");
    EXPECT_EQ(test::auscult({"score", test::workshop().model(), folder, "--shard", "1/3", "-o", output}).exit_code % 3,
              0);
    std::vector<std::string> found;
    for (const std::string& line : test::lines_of(read_file(output + ".00001-of-00003")))
      found.push_back(std::filesystem::path(line.substr(0, line.find(','))).filename());
    return found;
  };
  const auto here = names(archive / "fan/test");
  EXPECT_GT(here.size(), 1U);
  EXPECT_EQ(here, names(archive / "elsewhere/mounted"));
}

TEST(ScoreCommandShards, TakeTheirPartFromTheEnvironmentAndSaySo) {
  const Archive archive(6);
  const test::Environment task = {{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}};
  const auto result = score(archive, {"-o", archive / "scores.csv"}, task);
  EXPECT_NE(result.err.find("part 2 of 2, from OMPI_COMM_WORLD_RANK=1: "), std::string::npos) << result.err;
  EXPECT_TRUE(std::filesystem::exists(archive / "scores.csv.00002-of-00002"));
  EXPECT_FALSE(std::filesystem::exists(archive / "scores.csv"));
  EXPECT_EQ(test::lines_of(score(archive, {}, task).out).size(), 10U) << "standard output is not divided";
}

TEST(ScoreCommandShards, GoOnWithFilesThatHaveCome) {
  const Archive archive(8);
  test::write_file(archive.list(), "");
  std::string list;
  const auto add = [&](int from, int to) {
    std::string more;
    for (int i = from; i < to; ++i) more += archive.sound(Archive::name(i)) + "\n";
    list = more + list;  // before the others, so that every place changes
    test::write_file(archive.list(), list);
  };
  add(0, 5);
  const auto shards = score_parts(archive, 2, archive / "scores.csv", {"--resume"});
  const std::string before = read_file(shards[0]);
  add(5, 8);
  for (const std::string& shard : score_parts(archive, 2, archive / "scores.csv", {"--resume"}))
    EXPECT_TRUE(std::filesystem::exists(shard));
  EXPECT_TRUE(read_file(shards[0]).starts_with(before)) << "what is there is not scored again";
  const auto merged = merge(shards, {});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_TRUE(merged.out == score(archive, {}).out);
}

TEST(ScoreCommandShards, ATaskThatIsRepeatedAfterItsEndChangesNothing) {
  const Archive archive(6);
  const auto shards = score_parts(archive, 2, archive / "scores.csv", {"--resume"});
  const std::string rows = read_file(shards[0]), log = read_file(shards[0] + ".log");
  score_parts(archive, 2, archive / "scores.csv", {"--resume"});
  EXPECT_EQ(read_file(shards[0]), rows);
  EXPECT_EQ(read_file(shards[0] + ".log"), log);
}

TEST(ScoreCommandShards, RefuseWhatCannotBePutTogether) {
  const Archive archive(2);
  test::expect_one_message(score(archive, {"--shard", "1/2", "-o", archive / "a.txt", "--format", "audacity"}), 2,
                           "audacity");
  test::expect_one_message(score(archive, {"--shard", "1/2"}), 2, "-o FILE");
  test::expect_one_message(score(archive, {"--shard", "3/2", "-o", archive / "a.csv"}), 2, "3/2");
}

}  // namespace
}  // namespace auscult
