// Each single step of replacing a file fails, is interrupted, or is the last thing that the program does.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "support/failing_files.h"
#include "support/files.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;
using test::DiskFault;

const std::string kOld = "old", kNew(200'000, 'n');

struct AtomicFileSteps : ::testing::Test {
  void prepare() {
    fs::remove_all(folder / "x");
    for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove(entry.path());
    test::write_file(path, kOld);
  }
  Status save() const { return write_file_atomically(path, kNew); }
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
  }
  test::TempDir folder;
  fs::path path = folder / "settings.toml";
};

TEST_F(AtomicFileSteps, AFailureLeavesTheOldFileOrTheNewOneAndIsTold) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full}) {
    int failures = 0;
    const auto check = [&](const Status& outcome, const std::string& where) {
      const std::string now = test::read_file(path);
      EXPECT_EQ(now, outcome ? kNew : kOld) << where;
      EXPECT_EQ(files(), 1) << "no temporary file stays: " << where;
      if (outcome) return;
      ++failures;
      test::expect_told(outcome, where);
    };
    const int steps = test::fail_each_step(
        fault, [&] { prepare(); }, [&] { return save(); }, check);
    EXPECT_GE(steps, 6) << "create, open, write, close, fsync, rename";
    EXPECT_GE(failures, 5) << to_string(fault);
  }
}

TEST_F(AtomicFileSteps, InterruptedCallsAndShortWritesAreGoneOnWith) {
  for (const DiskFault fault : {DiskFault::interrupted, DiskFault::short_write}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      EXPECT_TRUE(outcome) << where;
      EXPECT_EQ(test::read_file(path), kNew) << where;
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return save(); }, check),
              1);
  }
}

TEST_F(AtomicFileSteps, KilledAtAnyStepTheFileIsTheOldOneOrTheNewOne) {
  int old = 0;
  const auto check = [&](const std::string& where) {
    const std::string now = test::read_file(path);
    EXPECT_TRUE(now == kOld || now == kNew) << where;
    old += now == kOld ? 1 : 0;
  };
  const int steps = test::kill_at_each_step([&] { prepare(); }, [&] { return save(); }, check);
  EXPECT_GE(steps, 6);
  EXPECT_GE(old, 5);
  EXPECT_LT(old, steps) << "after the rename it is the new one";
}

}  // namespace
}  // namespace auscult
