// Each single step of writing results as they come fails, or is the last thing that the program does: --resume goes on,
// and the results are those of a run without a fault.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "part_file.h"
#include "support/failing_files.h"
#include "support/files.h"

namespace auscult::cli {
namespace {
namespace fs = std::filesystem;
using test::DiskFault;

constexpr int kFiles = 4;

std::string row(int file) {
  return std::string(300, 'x') + std::to_string(file) + "\n";
}

std::string all_rows() {
  std::string text = "head\n";
  for (int file = 0; file < kFiles; ++file) text += row(file);
  return text;
}

/// Appends the rows that `part` does not have yet.
Status append_missing(PartFile& part) {
  const int done = static_cast<int>(part.earlier().size());
  if (done == 0) AUSCULT_TRY(part.append("head\n"));
  for (int file = done; file < kFiles; ++file) {
    AUSCULT_TRY(part.append(row(file)));
    AUSCULT_TRY(part.end_rows({.file = std::to_string(file), .seconds = 1.0}));
  }
  return {};
}

struct PartFileSteps : ::testing::Test {
  void prepare() const {
    fs::remove_all(work);
    fs::create_directory(work);
    test::write_file(target, "old");
  }
  /// As `auscult score -o FILE` does it.
  Status run(bool resume) const {
    AUSCULT_TRY_ASSIGN(PartFile part, PartFile::open(target, "work", resume));
    AUSCULT_TRY(append_missing(part));
    return part.finish();
  }
  void expect_resumed(const std::string& where) const {
    const std::string now = test::read_file(target);
    ASSERT_TRUE(now == "old" || now == all_rows()) << where;
    const Status again = run(true);
    ASSERT_TRUE(again) << where << ": " << to_message(again.error());
    EXPECT_EQ(test::read_file(target), all_rows()) << where;
    EXPECT_FALSE(fs::exists(target.string() + ".part")) << where;
    EXPECT_FALSE(fs::exists(target.string() + ".part.log")) << where;
  }
  test::TempDir folder;
  fs::path work = folder / "work", target = work / "scores.csv";
};

TEST_F(PartFileSteps, AFailureIsToldAndResumeGoesOn) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      if (!outcome) test::expect_told(outcome, where);
      expect_resumed(where);
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return run(false); }, check),
              10);
  }
}

TEST_F(PartFileSteps, InterruptedCallsAndShortWritesAreGoneOnWith) {
  for (const DiskFault fault : {DiskFault::interrupted, DiskFault::short_write}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      EXPECT_TRUE(outcome) << where;
      EXPECT_EQ(test::read_file(target), all_rows()) << where;
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return run(false); }, check),
              5);
  }
}

TEST_F(PartFileSteps, KilledAtAnyStepResumeGoesOn) {
  const auto check = [&](const std::string& where) { expect_resumed(where); };
  EXPECT_GE(test::kill_at_each_step([&] { prepare(); }, [&] { return run(false); }, check), 10);
}

// The same of a shard: one that says that it is complete has the rows of a run without a fault.
struct ShardFileSteps : ::testing::Test {
  void prepare() const {
    fs::remove_all(work);
    fs::create_directory(work);
  }
  static Result<PartFile> open(const fs::path& shard) {
    return PartFile::open(shard, PartHead{.work = "work", .command = "score", .shard = Shard{1, 2}}, true);
  }
  /// As `auscult score --shard 1/2 -o FILE --resume` does it.
  Status run() const {
    AUSCULT_TRY_ASSIGN(PartFile part, open(shard));
    if (part.earlier_end()) return {};
    AUSCULT_TRY(append_missing(part));
    return part.finish_shard({.head_bytes = 5, .total = kFiles, .list = "list", .rows = {}, .places = {0, 1, 2, 3}});
  }
  void expect_resumed(const std::string& where) const {
    const auto left = open(shard);
    ASSERT_TRUE(left) << where;
    if (left->earlier_end()) {
      EXPECT_EQ(test::read_file(shard), all_rows()) << where;
    }
    const Status again = run();
    ASSERT_TRUE(again) << where << ": " << to_message(again.error());
    EXPECT_EQ(test::read_file(shard), all_rows()) << where;
    const auto end = open(shard);
    EXPECT_TRUE(end && end->earlier_end()) << where;
  }
  test::TempDir folder;
  fs::path work = folder / "work", shard = work / "scores.csv.00001-of-00002";
};

TEST_F(ShardFileSteps, AFailureIsToldAndResumeGoesOn) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      if (!outcome) test::expect_told(outcome, where);
      expect_resumed(where);
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return run(); }, check),
              10);
  }
}

TEST_F(ShardFileSteps, KilledAtAnyStepResumeGoesOn) {
  const auto check = [&](const std::string& where) { expect_resumed(where); };
  EXPECT_GE(test::kill_at_each_step([&] { prepare(); }, [&] { return run(); }, check), 10);
}

}  // namespace
}  // namespace auscult::cli
