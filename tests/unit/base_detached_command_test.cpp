// Programs that are started and not waited for.
#include <chrono>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/detached_command.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

int zombies() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream children(entry.path() / "children");
    for (int pid = 0; children >> pid;) {
      std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
      std::string text((std::istreambuf_iterator<char>(status)), {});
      count += text.find(") Z ") != std::string::npos;
    }
  }
  return count;
}

TEST(DetachedCommand, RunsWithItsEnvironmentAndIsNotWaitedFor) {
  const test::TempDir folder;
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_detached({"/bin/sh", "-c",
                            "printf %s \"$AUSCULT_EVENT\" > '" + (folder / "x").string() + "'; mv '" +
                                (folder / "x").string() + "' '" + (folder / "done").string() + "'; sleep 5"},
                           {{"AUSCULT_EVENT", "{\"a b\": 'c'}"}}));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  ASSERT_TRUE(test::eventually([&] { return std::filesystem::exists(folder / "done"); }));
  EXPECT_EQ(test::read_file(folder / "done"), "{\"a b\": 'c'}");
}

TEST(DetachedCommand, WritesNothingToStandardOutput) {
  const test::TempDir folder;
  testing::internal::CaptureStdout();
  ASSERT_TRUE(run_detached({"/bin/sh", "-c", "echo spoken; touch '" + (folder / "done").string() + "'"}));
  EXPECT_TRUE(test::eventually([&] { return std::filesystem::exists(folder / "done"); }));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(DetachedCommand, LeavesNoDeadChildrenBehind) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(run_detached({"true"}));
    ASSERT_TRUE(test::eventually([] { return zombies() > 0; })) << "it has ended";
    EXPECT_LE(zombies(), 2) << "each start clears those before away";
  }
}

TEST(DetachedCommand, SaysThatThereIsNoSuchProgram) {
  const Status status = run_detached({"/nowhere/no-such-program"});
  ASSERT_FALSE(status);
  EXPECT_NE(to_message(status.error()).find("no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace auscult
