// Each single step of saving settings fails, or is the last thing that the program does; and two windows that save at
// once.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "gui/settings.h"
#include "support/failing_files.h"
#include "support/files.h"
#include "support/small_disk.h"

namespace auscult::gui {
namespace {
namespace fs = std::filesystem;
using test::DiskFault;

Settings with_device(const std::string& name) {
  Settings settings;
  settings.device = name;
  return settings;
}

struct SettingsSteps : ::testing::Test {
  void prepare() const {
    for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove(entry.path());
    if (!SettingsFile::open(path).save(with_device("old"))) throw std::runtime_error("save");
  }
  Status save() const { return SettingsFile::open(path).save(with_device("new")); }
  std::string device(const std::string& where) const {
    const SettingsFile now = SettingsFile::open(path);
    EXPECT_EQ(now.notice(), "") << where;
    return now.settings().device;
  }
  test::TempDir folder;
  fs::path path = folder / "settings.toml";
};

TEST_F(SettingsSteps, AFailureLeavesTheOldOnesAndIsTold) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full, DiskFault::interrupted, DiskFault::short_write}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      EXPECT_EQ(device(where), outcome ? "new" : "old") << where;
      if (!outcome) test::expect_told(outcome, where);
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return save(); }, check),
              1)
        << to_string(fault);
  }
}

TEST(SettingsSmallDisk, AFullOneLeavesTheOldOnesAndIsTold) {
  AUSCULT_REQUIRE_SMALL_DISK();
  const test::SmallDisk disk(64);
  const fs::path path = disk / "settings.toml";
  ASSERT_TRUE(SettingsFile::open(path).save(with_device("old")));
  const std::string before = test::read_file(path);
  disk.fill();
  const Status full = SettingsFile::open(path).save(with_device("new"));
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().what.find("No space left"), std::string::npos) << full.error().what;
  EXPECT_EQ(test::read_file(path), before);
  disk.free();
  EXPECT_TRUE(SettingsFile::open(path).save(with_device("new")));
  EXPECT_EQ(SettingsFile::open(path).settings().device, "new");
}

TEST_F(SettingsSteps, KilledAtAnyStepTheyAreTheOldOnesOrTheNewOnes) {
  const auto check = [&](const std::string& where) {
    const std::string now = device(where);
    EXPECT_TRUE(now == "old" || now == "new") << where << ": " << now;
  };
  EXPECT_GE(test::kill_at_each_step([&] { prepare(); }, [&] { return save(); }, check), 6);
}

TEST_F(SettingsSteps, TwoWindowsThatSaveAtOnceLeaveThoseOfOneOfThem) {
  prepare();
  pid_t children[2];
  for (int window = 0; window < 2; ++window) {
    children[window] = fork();
    if (children[window] != 0) continue;
    const std::string name(static_cast<std::size_t>(500 + 40'000 * window), window == 0 ? 'a' : 'b');
    int failed = 0;
    for (int i = 0; i < 50; ++i)
      if (!SettingsFile::open(path).save(with_device(name))) ++failed;
    _exit(failed);
  }
  for (int i = 0; i < 200; ++i) {
    const std::string now = device("while both save");
    ASSERT_TRUE(now == "old" || now == std::string(500, 'a') || now == std::string(40'500, 'b'));
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_NE(device("after both"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1) << "nothing set aside";
}

}  // namespace
}  // namespace auscult::gui
