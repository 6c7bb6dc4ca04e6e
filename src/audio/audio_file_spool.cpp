#include "audio_file_spool.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/streams.h"

namespace auscult::audio {
namespace {

Result<std::int64_t> copy_all(int from, int to, const std::filesystem::path& pipe) {
  std::array<char, 65536> bytes{};
  std::int64_t total = 0;
  for (;;) {
    const ssize_t n = ::read(from, bytes.data(), bytes.size());
    if (n == 0) return total;
    if (n > 0) {
      AUSCULT_TRY(write_all(to, {bytes.data(), static_cast<std::size_t>(n)}, pipe));
      total += n;
    } else if (errno == EAGAIN) {  // the writer has nothing yet
      pollfd waiting{from, POLLIN, 0};
      poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return fail(ErrorCode::bad_input, std::string("cannot be read: ") + std::strerror(errno), pipe.string(),
                  "store the sound in a file first");
    }
  }
}

}  // namespace

Result<int> spool_pipe(const std::filesystem::path& pipe) {
  const auto named = named_descriptor(pipe, STDIN_FILENO);
  const int source = named ? fcntl(*named, F_DUPFD_CLOEXEC, 3)
                           : ::open(pipe.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // wait for no writer
  if (source < 0)
    return fail(ErrorCode::file_not_found, std::string("cannot be opened: ") + std::strerror(errno), pipe.string(),
                "check the name and the read permission");
  auto file = open_unnamed_file();
  auto copied = file ? copy_all(source, *file, pipe) : Result<std::int64_t>(tl::unexpected(file.error()));
  close(source);
  if (copied && *copied == 0)
    copied = fail(ErrorCode::bad_input, "is a pipe that nobody writes to, or that was read before", pipe.string(),
                  "start the program that writes to it first, or store the sound in a file");
  if (copied) return *file;
  if (file) close(*file);
  return tl::unexpected(copied.error());
}

}  // namespace auscult::audio
