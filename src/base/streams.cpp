#include "base/streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/whole_number.h"

namespace auscult {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 8;

std::optional<int> descriptor_in(const std::string& name) {
  if (name == "/dev/stdin") return 0;
  if (name == "/dev/stdout") return 1;
  if (name == "/dev/stderr") return 2;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!name.starts_with(folder)) continue;
    const auto number = whole_number<int>(std::string_view(name).substr(folder.size()));
    if (number && *number >= 0) return number;
  }
  return std::nullopt;
}

tl::unexpected<Error> cannot_write(const fs::path& name, int number) {
  return fail(ErrorCode::write_failed, std::string("cannot be written: ") + std::strerror(number), name.string(),
              number == ENXIO    ? "start the program that reads this pipe first"
              : number == ENOSPC ? "free some disk space"
                                 : "check the disk, or the program that reads it");
}

}  // namespace

std::optional<int> named_descriptor(const fs::path& path, int standard) {
  if (path == "-") return standard;
  fs::path name = path;
  for (int links = 0; links < kMostLinks; ++links) {
    if (const auto descriptor = descriptor_in(name.lexically_normal().string())) return descriptor;
    std::error_code error;
    const fs::path target = fs::read_symlink(name, error);
    if (error) return std::nullopt;
    name = target.is_absolute() ? target : name.parent_path() / target;
  }
  return std::nullopt;
}

bool is_stream(const fs::path& path, int standard) {
  if (named_descriptor(path, standard)) return true;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::is_fifo(status) || fs::is_character_file(status) || fs::is_socket(status);
}

Status write_all(int descriptor, std::string_view bytes, const fs::path& name) {
  if (descriptor == STDOUT_FILENO) std::fflush(stdout);
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_write(name, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<int> open_output_stream(const fs::path& path) {
  if (const auto named = named_descriptor(path, STDOUT_FILENO)) {
    if (*named == STDOUT_FILENO) std::fflush(stdout);
    const int mode = fcntl(*named, F_GETFL);
    if (mode >= 0 && (mode & O_ACCMODE) == O_RDONLY)
      return fail(ErrorCode::write_failed, "is open for reading, not for writing", path.string(),
                  "redirect it to a file or a program, for example 3>scores.csv");
    const int copy = fcntl(*named, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return cannot_write(path, errno);
    return copy;
  }
  // Without O_NONBLOCK, opening a pipe that nobody reads would wait for ever.
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return cannot_write(path, errno);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

Result<int> open_unnamed_file() {
  const char* set = std::getenv("TMPDIR");
  const std::string folder = set && *set ? set : "/var/tmp";
  int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {  // a file system without O_TMPFILE
    std::string name = folder + "/auscult.XXXXXX";
    fd = mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) unlink(name.c_str());
  }
  if (fd < 0)
    return fail(ErrorCode::write_failed, std::string("a temporary file cannot be created: ") + std::strerror(errno),
                folder, "set TMPDIR to a folder with space");
  return fd;
}

}  // namespace auscult
