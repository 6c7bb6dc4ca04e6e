// A file system of its own that can really be full: a tmpfs, mounted for this process and its children alone, so that
// it is gone with them. Test-only, header-only; needs root, see AUSCULT_REQUIRE_SMALL_DISK.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "support/files.h"

namespace auscult::test {

class SmallDisk {
 public:
  /// Throws std::runtime_error if it cannot be mounted.
  explicit SmallDisk(std::size_t kib) {
    // A mount namespace of its own: nobody else sees the disk, and the kernel unmounts it when the test ends.
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("size=" + std::to_string(kib) + "k").c_str()) != 0)
      throw std::runtime_error("cannot mount a tmpfs: " + std::to_string(errno));
  }
  ~SmallDisk() { umount2(folder_.path().c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  /// Leaves this much room, in whole pages; 0: not a byte.
  void fill(std::uintmax_t leave_bytes = 0) const {
    const std::string page(4096, 'x');
    std::ofstream file(folder_ / "other data", std::ios::binary | std::ios::app);
    while (std::filesystem::space(folder_.path()).available > leave_bytes && file) file << page << std::flush;
  }
  /// Somebody deletes what filled it.
  void free() const { std::filesystem::remove(folder_ / "other data"); }

 private:
  TempDir folder_;
};

/// Why no small disk can be had; empty if it can.
inline std::string no_small_disk() {
  if (geteuid() != 0) return "only root can mount a small file system";
  try {
    const SmallDisk probe(64);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace auscult::test

#define AUSCULT_REQUIRE_SMALL_DISK() \
  if (const auto reason = ::auscult::test::no_small_disk(); !reason.empty()) GTEST_SKIP() << reason
