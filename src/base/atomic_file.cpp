#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace auscult {
namespace fs = std::filesystem;
namespace {

tl::unexpected<Error> write_failure(const fs::path& path, const std::string& action) {
  const int number = errno;
  std::string hint = number == ENOSPC ? "free some disk space; an existing file is unchanged"
                                      : "check that the folder exists and is writable; an existing file is unchanged";
  return fail(ErrorCode::write_failed, action + ": " + std::strerror(number), path.string(), std::move(hint));
}

fs::path folder_of(const fs::path& path) {
  return path.parent_path().empty() ? fs::path(".") : path.parent_path();
}

bool sync_path(const fs::path& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = fsync(fd) == 0;
  const int number = errno;
  close(fd);
  errno = number;
  return ok;
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const fs::path& target) {
  std::error_code ignored;
  if (fs::is_directory(target, ignored))
    return fail(ErrorCode::write_failed, "is a folder, not a file", target.string(), "name a file to write");
  // Renaming over a device or a pipe would replace it for every user.
  if (fs::exists(target, ignored) && !fs::is_regular_file(target, ignored))
    return fail(ErrorCode::write_failed, "is a device or a pipe, not a file", target.string(), "name a file to write");
  if (fs::is_symlink(target, ignored)) {
    // The link stays; its target is replaced.
    const fs::path pointed_to = fs::canonical(target, ignored);
    if (!ignored) return create(pointed_to);
  }
  std::string pattern = (folder_of(target) / ("." + target.stem().string() + ".XXXXXX")).string();
  const std::string suffix = target.extension().string();
  pattern += suffix;
  const int fd = mkstemps(pattern.data(), static_cast<int>(suffix.size()));
  if (fd < 0) return write_failure(target, "cannot be written");
  // mkstemps makes files private, but a result should have the permissions of the user's umask.
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, 0666 & ~mask);
  close(fd);
  return AtomicFile(target, pattern);
}

AtomicFile::AtomicFile(fs::path target, fs::path temporary)
    : target_(std::move(target)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)), temporary_(std::exchange(other.temporary_, {})) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    target_ = std::move(other.target_);
    temporary_ = std::exchange(other.temporary_, {});
  }
  return *this;
}

AtomicFile::~AtomicFile() {
  discard();
}

void AtomicFile::discard() noexcept {
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

Status AtomicFile::commit() {
  if (!sync_path(temporary_, O_RDWR)) return write_failure(target_, "cannot be flushed to disk");
  if (rename(temporary_.c_str(), target_.c_str()) != 0)
    return write_failure(target_, "cannot be renamed to its final name");
  temporary_.clear();
  sync_path(folder_of(target_),
            O_RDONLY | O_DIRECTORY);  // some file systems refuse this; the rename has succeeded anyway
  return {};
}

Status write_file_atomically(const fs::path& path, std::string_view bytes) {
  AUSCULT_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
  const int fd = open(file.temporary_path().c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return write_failure(path, "cannot be written");
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      auto failure = write_failure(path, "cannot be written");
      close(fd);
      return failure;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (close(fd) != 0) return write_failure(path, "cannot be written");
  return file.commit();
}

}  // namespace auscult
