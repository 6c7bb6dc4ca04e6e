#include "events/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/shared_folders.h"
#include "base/streams.h"

namespace auscult {

EventLog::EventLog(std::filesystem::path path) : path_(std::move(path)) {}

Status EventLog::append(const Event& event) {
  if (path_.empty()) return {};
  const std::string line = to_json(event) + "\n";
  if (is_stream(path_, STDOUT_FILENO)) return append_to_stream(line);
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  AUSCULT_TRY_ASSIGN(const int fd, open_own_file(path_, O_WRONLY | O_CREAT | O_APPEND, 0666));
  Status written = append_line(fd, line);
  close(fd);
  return written;
}

// One write call, so that two programs appending to one log never mix their lines.
Status EventLog::append_line(int fd, const std::string& line) {
  const std::string text = std::exchange(torn_, false) ? "\n" + line : line;  // the next line stands alone again
  ssize_t written = -1;
  do {
    written = write(fd, text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  torn_ = written > 0 && written < static_cast<ssize_t>(text.size());
  if (written == static_cast<ssize_t>(text.size()) && fsync(fd) == 0) return {};
  const int number = torn_ ? ENOSPC : errno;  // a full disk takes part of a line without an error
  return fail(ErrorCode::write_failed, std::string("the event could not be logged: ") + std::strerror(number),
              path_.string(), "check the disk; monitoring continues");
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
