#include "base/shared_folders.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <system_error>

namespace auscult {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 40;  // as the kernel
constexpr mode_t kOthersMayWrite = 0022, kEveryoneMayWrite = 0002, kOthers = 0077, kOwnerOnly = 0700;

tl::unexpected<Error> cannot_create(const fs::path& folder, int number) {
  return fail(ErrorCode::write_failed, std::string("the folder cannot be created: ") + std::strerror(number),
              folder.string(), "check the disk and the permissions of the folder above it");
}

tl::unexpected<Error> cannot_write(const fs::path& path, int number) {
  return fail(ErrorCode::write_failed, std::string("cannot be written: ") + std::strerror(number), path.string(),
              number == EISDIR   ? "it is a folder; name a file"
              : number == ENOSPC ? "free some disk space"
                                 : "check that the folder exists and is writable");
}

// Whether neither this user nor the owner of the folder, nor the administrator, made what has this status.
bool of_others(const fs::path& path, const struct stat& status, mode_t shared) {
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  struct stat around {};
  if (stat(folder.c_str(), &around) != 0 || (around.st_mode & shared) == 0) return false;
  return status.st_uid != geteuid() && status.st_uid != around.st_uid && status.st_uid != 0;
}

}  // namespace

Status make_private_folders(const fs::path& folder) {
  std::error_code error;
  if (folder.empty()) return {};
  AUSCULT_TRY(follow_own_links(folder));
  if (fs::is_directory(folder, error)) return {};
  fs::path made;
  for (const fs::path& part : folder) {
    made /= part;
    if (part.empty() || fs::is_directory(made, error)) continue;
    if (mkdir(made.c_str(), kOwnerOnly) == 0 || (errno == EEXIST && fs::is_directory(made, error))) continue;
    return cannot_create(folder, errno);
  }
  return {};
}

Status claim_private_folder(const fs::path& folder) {
  if (mkdir(folder.c_str(), kOwnerOnly) != 0 && errno != EEXIST) return cannot_create(folder, errno);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status {};
  const bool is_folder = fd >= 0 && fstat(fd, &status) == 0;
  const bool own = is_folder && status.st_uid == geteuid() && (status.st_mode & kOthersMayWrite) == 0;
  const bool is_private = own && ((status.st_mode & kOthers) == 0 || fchmod(fd, kOwnerOnly) == 0);
  if (fd >= 0) close(fd);
  if (is_private) return {};
  return fail(ErrorCode::write_failed, "is no folder of this user alone: another user may have made it",
              folder.string(), "set XDG_DATA_HOME and XDG_CONFIG_HOME to folders of your own");
}

// Part by part, as the kernel does: a folder on the way may be a link too.
Result<fs::path> follow_own_links(const fs::path& path) {
  std::deque<fs::path> ahead(path.begin(), path.end());
  fs::path name;
  int links = 0;
  while (!ahead.empty()) {
    const fs::path next = name / ahead.front();
    ahead.pop_front();
    struct stat status {};
    if (lstat(next.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) {
      name = next;
      continue;
    }
    if (of_others(next, status, kOthersMayWrite))
      return fail(ErrorCode::write_failed, "is a link that another user made in a folder that others may write to",
                  next.string(), "name the file that it leads to, or a file in a folder of your own");
    std::error_code error;
    const fs::path target = fs::read_symlink(next, error);
    if (error) return cannot_write(path, error.value());
    if (++links > kMostLinks) return cannot_write(path, ELOOP);
    ahead.insert(ahead.begin(), target.begin(), target.end());  // name / target is target where that is absolute
  }
  return name;
}

bool planted_by_others(const fs::path& path, const struct stat& status) {
  return of_others(path, status, kEveryoneMayWrite);
}

Result<int> open_own_file(const fs::path& path, int flags, mode_t mode) {
  AUSCULT_TRY_ASSIGN(const fs::path file, follow_own_links(path));
  const int fd = open(file.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return cannot_write(path, errno);
  struct stat status {};
  if (fstat(fd, &status) == 0 && !planted_by_others(file, status)) return fd;
  close(fd);
  return fail(ErrorCode::write_failed, "belongs to another user, in a folder that everyone may write to", path.string(),
              "name a file in a folder of your own");
}

}  // namespace auscult
