// Divided work under faults: tasks that are killed, shards that are torn, copied, mixed up or lost.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "part_file.h"
#include "support/shards.h"
#include "support/wait.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::Archive;
using test::merge;
using test::read_file;
using test::score;
using test::score_parts;

struct Shards : ::testing::Test {
  std::string output() const { return archive / "scores.csv"; }
  void expect_whole() const {
    const auto merged = merge(files, {"--files-from", archive.list()});
    ASSERT_EQ(merged.exit_code, 0) << merged.err;
    EXPECT_TRUE(merged.out == score(archive, {}).out);
  }
  void expect_refused(const std::vector<std::string>& shards, const std::vector<std::string>& words) const {
    const auto merged = merge(shards, {"-o", archive / "all.csv"});
    for (const std::string& word : words) test::expect_one_message(merged, 3, word);
    EXPECT_FALSE(fs::exists(archive / "all.csv"));
  }
  Archive archive{12};
  std::vector<std::string> files = score_parts(archive, 3, output());
};

TEST_F(Shards, OneThatIsMissingIsNamed) {
  expect_refused({files[0], files[2]}, {"2/3 is missing", "--resume"});
  expect_refused({files[1]}, {"1/3 is missing", "3/3 is missing"});
}

TEST_F(Shards, OneThatIsThereTwiceIsNamed) {
  fs::copy(files[1], archive / "copy.csv");
  fs::copy(files[1] + ".log", archive / "copy.csv.log");
  expect_refused({files[0], files[1], files[2], archive / "copy.csv"}, {"2/3 is there twice", "copy.csv"});
}

TEST_F(Shards, OneThatIsIncompleteIsNamed) {
  std::string log = read_file(files[2] + ".log");
  log.erase(log.rfind('\n', log.size() - 2) + 1);  // its last line
  test::write_file(files[2] + ".log", log);
  expect_refused(files, {"3/3 is not complete"});
}

TEST_F(Shards, OneOfAnotherModelOrOtherOptionsIsRefused) {
  const std::string other = archive / "other.safetensors";
  ASSERT_EQ(test::auscult(
                {"train", test::workshop().normal(), "--preset", test::workshop().preset(), "--seed", "2", "-o", other})
                .exit_code,
            0);
  const std::vector<std::string> command = {"score",   other, "--files-from", archive.list(),
                                            "--shard", "2/3", "-o",           output()};
  auto resumed = command;
  resumed.emplace_back("--resume");
  test::expect_one_message(test::auscult(resumed), 2, "another model");
  EXPECT_EQ(test::auscult(command).exit_code % 3, 0) << "anew";
  expect_refused(files, {"another model", files[1]});
  test::expect_one_message(score(archive, {"--shard", "2/3", "-o", output(), "--resume", "--scale", "2"}), 2,
                           "other options");
}

TEST_F(Shards, ThatAreNoShardsAreRefused) {
  test::write_file(archive / "plain.csv", "file,score\n");
  expect_refused({archive / "plain.csv"}, {"is no shard"});
  expect_refused({archive / "none.csv"}, {"none.csv"});
}

TEST_F(Shards, OneThatIsDamagedIsNamed) {
  std::string rows = read_file(files[0]);
  rows[rows.size() / 2] ^= 1;
  test::write_file(files[0], rows);
  expect_refused(files, {"not as they were written", files[0]});
}

TEST_F(Shards, OfDifferentListsAreRefusedUntilTheyHaveGoneOn) {
  std::ofstream(archive.list(), std::ios::app) << archive.sound("new.wav") << "\n";
  score(archive, {"--shard", "1/3", "-o", output(), "--resume"});
  expect_refused(files, {"different lists", "15 names", "16 names"});
  score_parts(archive, 3, output(), {"--resume"});
  expect_whole();
}

TEST_F(Shards, NamesOfAListWithoutResultAreTold) {
  std::ofstream(archive.list(), std::ios::app) << "late.wav\n";
  const auto merged = merge(files, {"--files-from", archive.list()});
  test::expect_one_message(merged, 3, "late.wav");
}

// Power went while a line was written, or the last rows never reached the disk.
TEST_F(Shards, ATornLastLineIsCutOff) {
  const std::string log = read_file(files[0] + ".log"), rows = read_file(files[0]);
  const std::size_t without_end = log.rfind('\n', log.size() - 2) + 1;
  for (const std::size_t length : {without_end - 10, without_end - 1, without_end + 20, log.size() - 1}) {
    test::write_file(files[0] + ".log", log.substr(0, length));
    test::write_file(files[0], rows + "half a ro");
    score(archive, {"--shard", "1/3", "-o", output(), "--resume"});
    expect_whole();
  }
  test::write_file(files[0], rows.substr(0, rows.size() - 5));
  score(archive, {"--shard", "1/3", "-o", output(), "--resume"});
  expect_whole();
}

TEST(ShardsKilled, InTheMiddleGoOnAndGiveTheSameBytes) {
  const Archive archive(60);
  const std::string output = archive / "scores.csv", first = output + ".00001-of-00002";
  for (int kill = 0; kill < 3; ++kill) {
    test::BackgroundProcess task({test::program("auscult"), "score", test::workshop().model(), "--files-from",
                                  archive.list(), "--shard", "1/2", "-o", output, "--resume", "--jobs", "1"},
                                 {}, archive / "out", archive / "err");
    const auto lines = [&] { return fs::exists(first + ".log") ? test::count(read_file(first + ".log"), "\n") : 0; };
    const int before = lines();
    ASSERT_TRUE(test::eventually([&] { return lines() > before + 2 || !task.running(); }));
    task.signal(SIGKILL);
    task.wait(std::chrono::seconds(10));
  }
  EXPECT_EQ(merge({first, output + ".00002-of-00002"}, {}).exit_code, 3);
  const auto merged = merge(score_parts(archive, 2, output, {"--resume"}), {});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_TRUE(merged.out == score(archive, {}).out);
}

// Two processes that were both told to do the same part.
TEST(ShardsLocked, OnlyOneProcessWritesAShard) {
  const test::TempDir folder;
  const auto open = [&](bool resume) {
    return cli::PartFile::open(folder / "a.00001-of-00002", cli::PartHead{"work", "score", Shard{1, 2}}, resume);
  };
  auto one = open(false);
  ASSERT_TRUE(one && one->end_rows({.file = "a"}));
  auto other = open(true);
  ASSERT_TRUE(other);
  const Status refused = other->end_rows({.file = "b"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(exit_code(refused.error().code), kExitOutput);
}

// Such a name was replaced in the log, so that --resume scored the recording again.
TEST(PartFileNames, AreKeptByteByByte) {
  const test::TempDir folder;
  const std::vector<std::string> names = {"\xff.wav", "\xc3\xbc.wav", "\xc3\xff", "a\nb\"c\x80"};
  {
    auto part = cli::PartFile::open(folder / "scores.csv", "work", false);
    for (const std::string& name : names) ASSERT_TRUE(part->end_rows({.file = name}));
  }
  const auto part = cli::PartFile::open(folder / "scores.csv", "work", true);
  ASSERT_TRUE(part);
  ASSERT_EQ(part->earlier().size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(part->earlier()[i].file, names[i]);
}

}  // namespace
}  // namespace auscult
