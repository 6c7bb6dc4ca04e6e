// Things that another user has put into a shared folder, for tests that root runs. Test-only, header-only.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "support/files.h"

namespace auscult::test {

inline constexpr uid_t kOtherUser = 65534;  // nobody

/// A folder such as /tmp: everyone may write there, and delete only what is their own.
class SharedFolder {
 public:
  SharedFolder() { chmod(folder_.path().c_str(), 01777); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& path() const { return folder_.path(); }

  std::filesystem::path others_link(const std::string& name, const std::filesystem::path& target) const {
    std::filesystem::create_symlink(target, folder_ / name);
    EXPECT_EQ(lchown((folder_ / name).c_str(), kOtherUser, kOtherUser), 0);
    return folder_ / name;
  }
  std::filesystem::path others_file(const std::string& name, const std::string& bytes) const {
    write_file(folder_ / name, bytes);
    chmod((folder_ / name).c_str(), 0666);
    EXPECT_EQ(chown((folder_ / name).c_str(), kOtherUser, kOtherUser), 0);
    return folder_ / name;
  }
  std::filesystem::path others_folder(const std::string& name, mode_t mode) const {
    std::filesystem::create_directory(folder_ / name);
    chmod((folder_ / name).c_str(), mode);
    EXPECT_EQ(chown((folder_ / name).c_str(), kOtherUser, kOtherUser), 0);
    return folder_ / name;
  }

 private:
  TempDir folder_;
};

inline mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// The usual umask, whatever the test was started with.
class UsualUmask {
 public:
  UsualUmask() : before_(umask(022)) {}
  ~UsualUmask() { umask(before_); }
  UsualUmask(const UsualUmask&) = delete;
  UsualUmask& operator=(const UsualUmask&) = delete;

 private:
  mode_t before_;
};

}  // namespace auscult::test

/// Only root can make files of another user.
#define AUSCULT_REQUIRE_ROOT() \
  if (geteuid() != 0) GTEST_SKIP() << "only root can make files that belong to somebody else"
