#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/xdg.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(XdgPaths, FollowTheirVariables) {
  const Variable config("XDG_CONFIG_HOME", "/c"), data("XDG_DATA_HOME", "/d");
  EXPECT_EQ(user_config_dir(), "/c/auscult");
  EXPECT_EQ(user_data_dir(), "/d/auscult");
}

TEST(XdgPaths, LieBelowHomeByDefault) {
  const Variable home("HOME", "/home/ada");
  const Variable config("XDG_CONFIG_HOME", "relative/path"), data("XDG_DATA_HOME", "");
  EXPECT_EQ(user_config_dir(), "/home/ada/.config/auscult") << "relative paths are invalid and ignored";
  EXPECT_EQ(user_data_dir(), "/home/ada/.local/share/auscult") << "empty counts as not set";
}

TEST(XdgPaths, AreAbsoluteWithoutAHome) {
  const Variable home("HOME", nullptr), config("XDG_CONFIG_HOME", nullptr);
  EXPECT_TRUE(user_config_dir().is_absolute());
}

TEST(XdgPaths, ServiceManagersPlaceholdersAreNoHome) {
  const Variable data("XDG_DATA_HOME", nullptr);
  for (const char* place : {"/", "/nonexistent", "relative", ""}) {
    const Variable home("HOME", place);
    const auto lasting = lasting_data_dir();  // of the list of users, if that has a home
    EXPECT_NE(lasting, fs::path(place) / ".local/share/auscult") << place;
    EXPECT_TRUE(user_data_dir().is_absolute());
    EXPECT_NE(user_data_dir(), "/tmp/.local/share/auscult") << "shared with everybody";
  }
}

TEST(ShippedFile, IsFoundInTheSourceTreeOrNotAtAll) {
  const auto found = shipped_file("CMakeLists.txt");
  ASSERT_TRUE(found);
  EXPECT_TRUE(fs::exists(*found));
  EXPECT_FALSE(shipped_file("models/no-such-model.safetensors"));
}

TEST(SiblingProgram, LiesBesideTheRunningOneOrIsLeftToThePath) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  EXPECT_EQ(sibling_program(self.filename().string()), self);
  EXPECT_EQ(sibling_program("no-such-program"), "no-such-program");
  EXPECT_EQ(companion_program(self.filename().string()), self);
  EXPECT_EQ(companion_program("no-such-program"), std::nullopt);
}

}  // namespace
}  // namespace auscult
