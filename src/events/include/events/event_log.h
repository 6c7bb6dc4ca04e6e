// Logs events when they begin and end, one JSON object per line, each on the disk before the next: the output of
// `auscult listen --event-log`. Thread rule: one object, one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "auscult/error.h"
#include "events/event.h"

namespace auscult {

class EventLog {
 public:
  /// An empty path disables the log. The folder is created when first needed. A stream (base/streams.h) is opened once
  /// and stays open.
  explicit EventLog(std::filesystem::path path);

  /// Appends one line in the format of to_json() and flushes it to disk. Errors: write_failed.
  Status append(const Event& event);

 private:
  Status append_to_stream(const std::string& line);
  Status append_line(int descriptor, const std::string& line);

  std::filesystem::path path_;
  std::shared_ptr<const int> stream_;  // its descriptor, once open
  bool torn_ = false;                  // the file ends within a line
};

}  // namespace auscult
