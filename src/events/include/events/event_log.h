// Logs events when they begin and end, one JSON object per line, each on the disk before the next: the output of
// `auscult listen --event-log`. Thread rule: one object, one thread.
#pragma once

#include <filesystem>

#include "auscult/error.h"
#include "events/event.h"

namespace auscult {

class EventLog {
 public:
  /// An empty path disables the log. The folder is created when first needed.
  explicit EventLog(std::filesystem::path path);

  /// Appends one line in the format of to_json() and flushes it to disk. Errors: write_failed.
  Status append(const Event& event);

 private:
  std::filesystem::path path_;
};

}  // namespace auscult
