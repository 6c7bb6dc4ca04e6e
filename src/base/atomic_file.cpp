#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/streams.h"

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

// Some file systems refuse this; the rename has succeeded anyway.
void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

Status copy_to_stream(const fs::path& from, const fs::path& stream) {
  const int source = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) return write_failure(stream, "cannot be written");
  auto opened = open_output_stream(stream);
  Status outcome;
  if (!opened) outcome = tl::unexpected(opened.error());
  std::array<char, 65536> bytes{};
  while (outcome) {
    const ssize_t n = read(source, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) outcome = write_failure(stream, "cannot be written");
    if (n <= 0) break;
    outcome = write_all(*opened, {bytes.data(), static_cast<std::size_t>(n)}, stream);
  }
  close(source);
  if (opened) close(*opened);
  return outcome;
}

}  // namespace

// A new file has the permissions of the user's umask (mkstemps makes files private); one that replaces another keeps
// that one's mode, owner and group, so that a private result stays private.
void keep_permissions(int fd, const fs::path& target, FileAccess access) {
  const mode_t mask = umask(0);
  umask(mask);
  mode_t mode = (access == FileAccess::owner_only ? 0600 : 0666) & ~mask;
  struct stat old {};
  if (stat(target.c_str(), &old) == 0 && !planted_by_others(target, old)) {
    constexpr mode_t kPermissions = 0777, kGroup = 0070;
    mode = old.st_mode & kPermissions;
    const bool group_kept =
        fchown(fd, old.st_uid, old.st_gid) == 0 || fchown(fd, static_cast<uid_t>(-1), old.st_gid) == 0;
    // Permissions of another group are not for this one.
    if (!group_kept) mode &= ~kGroup | (mode & 0007) << 3;
  }
  fchmod(fd, mode);
}

Result<AtomicFile> AtomicFile::create(const fs::path& target, FileAccess access) {
  std::error_code ignored;
  if (is_stream(target, STDOUT_FILENO)) return create_for_stream(target);
  if (fs::is_directory(target, ignored))
    return fail(ErrorCode::write_failed, "is a folder, not a file", target.string(), "name a file to write");
  // Renaming over a block device would replace it for every user.
  if (fs::exists(target, ignored) && !fs::is_regular_file(target, ignored))
    return fail(ErrorCode::write_failed, "is a device, not a file", target.string(), "name a file to write");
  AUSCULT_TRY_ASSIGN(const fs::path led_to, follow_own_links(target));
  if (fs::is_symlink(target, ignored)) {
    // The link stays; its target is replaced.
    const fs::path pointed_to = fs::canonical(led_to, ignored);
    if (!ignored) return create(pointed_to, access);
  }
  std::string pattern = (folder_of(target) / ("." + target.stem().string() + ".XXXXXX")).string();
  const std::string suffix = target.extension().string();
  pattern += suffix;
  const int fd = mkstemps(pattern.data(), static_cast<int>(suffix.size()));
  if (fd < 0) return write_failure(target, "cannot be written");
  close(fd);
  return AtomicFile(target, pattern, access);
}

// A library that writes needs a name to open and to seek in.
Result<AtomicFile> AtomicFile::create_for_stream(const fs::path& stream) {
  const bool named = named_descriptor(stream, STDOUT_FILENO).has_value();
  if (named) {
    AUSCULT_TRY_ASSIGN(const int probe, open_output_stream(stream));
    close(probe);
  } else if (access(stream.c_str(), W_OK) != 0) {  // opening and closing a pipe would end its reader
    return write_failure(stream, "cannot be written");
  }
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "auscult.XXXXXX").string();
  const int fd = mkostemp(pattern.data(), O_CLOEXEC);
  if (fd < 0) return write_failure(pattern, "a temporary file cannot be created");
  close(fd);
  AtomicFile file(stream, pattern, FileAccess::by_umask);
  file.stream_ = true;
  return file;
}

AtomicFile::AtomicFile(fs::path target, fs::path temporary, FileAccess access)
    : target_(std::move(target)), temporary_(std::move(temporary)), access_(access) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      access_(other.access_),
      stream_(other.stream_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    target_ = std::move(other.target_);
    temporary_ = std::exchange(other.temporary_, {});
    access_ = other.access_;
    stream_ = other.stream_;
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
  if (stream_) {
    Status copied = copy_to_stream(temporary_, target_);
    discard();
    return copied;
  }
  AUSCULT_TRY(put_in_place(temporary_, target_, access_));
  temporary_.clear();
  return {};
}

Status put_in_place(const fs::path& from, const fs::path& target, FileAccess access) {
  const int fd = open(from.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return write_failure(target, "cannot be flushed to disk");
  keep_permissions(fd, target,
                   access);  // now, because a library may have to open a file that nobody may write afterwards
  const bool flushed = fsync(fd) == 0;
  const int number = errno;
  close(fd);
  errno = number;
  if (!flushed) return write_failure(target, "cannot be flushed to disk");
  if (rename(from.c_str(), target.c_str()) != 0) return write_failure(target, "cannot be renamed to its final name");
  sync_folder(folder_of(target));
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
