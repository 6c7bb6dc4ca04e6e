// The number of processors that a process may use.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/processors.h"
#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

class Processors : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_ / "system" / "job"); }
  void write(const fs::path& file, const std::string& text) const { std::ofstream(root_ / file) << text; }
  std::optional<double> quota(const std::string& self) const {
    write("self", self);
    return processor_quota(root_ / "self", root_);
  }
  test::TempDir folder_;
  fs::path root_ = folder_.path();
};

TEST_F(Processors, AreLimitedByTheQuotaOfTheControlGroupAndItsParents) {
  EXPECT_FALSE(quota("0::/system/job\n")) << "no group has a quota";
  write("system/job/cpu.max", "max 100000\n");
  EXPECT_FALSE(quota("0::/system/job\n"));
  write("system/job/cpu.max", "250000 100000\n");
  EXPECT_EQ(quota("0::/system/job\n"), 2.5);
  write("system/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota("0::/system/job\n"), 1.5) << "the tightest";
  EXPECT_EQ(quota("0::/system\n"), 1.5);
  EXPECT_FALSE(quota("0::/\n"));
  write("cpu.max", "50000 100000\n");
  EXPECT_EQ(quota("0::/\n"), 0.5) << "a container sees its own group as the root";
  EXPECT_EQ(quota("0::/system/job\n"), 0.5);
}

TEST_F(Processors, AreNotLimitedByWhatCannotBeRead) {
  write("system/job/cpu.max", "many\n");
  EXPECT_FALSE(quota("0::/system/job\n"));
  write("system/job/cpu.max", "100000 0\n");
  EXPECT_FALSE(quota("0::/system/job\n"));
  EXPECT_FALSE(quota("2:cpu:/system/job\n")) << "version 1";
  EXPECT_FALSE(quota(""));
  EXPECT_FALSE(processor_quota(root_ / "absent", root_));
}

TEST_F(Processors, AreAtLeastOne) {
  EXPECT_GE(available_processors(), 1);
}

}  // namespace
}  // namespace auscult
