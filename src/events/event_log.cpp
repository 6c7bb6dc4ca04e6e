#include "events/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/streams.h"

namespace auscult {

EventLog::EventLog(std::filesystem::path path) : path_(std::move(path)) {}

Status EventLog::append(const Event& event) {
  if (path_.empty()) return {};
  const std::string line = to_json(event) + "\n";
  if (is_stream(path_, STDOUT_FILENO)) return append_to_stream(line);
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  const int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  // One write call, so that two programs appending to one log never mix their lines.
  const bool ok = fd >= 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(fd) == 0;
  const int number = errno;
  if (fd >= 0) close(fd);
  if (!ok)
    return fail(ErrorCode::write_failed, std::string("the event could not be logged: ") + std::strerror(number),
                path_.string(), "check the disk; monitoring continues");
  return {};
}

Status EventLog::append_to_stream(const std::string& line) {
  if (!stream_) {
    AUSCULT_TRY_ASSIGN(const int opened, open_output_stream(path_));
    stream_ = std::shared_ptr<const int>(new int(opened), [](const int* fd) {
      close(*fd);
      delete fd;
    });
  }
  return write_all(*stream_, line, path_);
}

}  // namespace auscult
