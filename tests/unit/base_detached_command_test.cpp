// Programs that are started and not waited for.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/detached_command.h"
#include "support/files.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

bool appears(const std::filesystem::path& file) {
  for (int i = 0; i < 200 && !std::filesystem::exists(file); ++i) std::this_thread::sleep_for(25ms);
  return std::filesystem::exists(file);
}

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
  ASSERT_TRUE(appears(folder / "done"));
  EXPECT_EQ(test::read_file(folder / "done"), "{\"a b\": 'c'}");
}

TEST(DetachedCommand, LeavesNoDeadChildrenBehind) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(run_detached({"true"}));
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_LE(zombies(), 3);
}

TEST(DetachedCommand, SaysThatThereIsNoSuchProgram) {
  const Status status = run_detached({"/nowhere/no-such-program"});
  ASSERT_FALSE(status);
  EXPECT_NE(to_message(status.error()).find("no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace auscult
