// Events as they begin and end, one JSON object a line, each on the disk before the next: what `auscult listen
// --event-log` writes. Thread rule: one object, one thread.
#pragma once

#include <filesystem>

#include "auscult/error.h"
#include "events/event.h"

namespace auscult {

class EventLog {
 public:
  /// An empty path: nothing is kept. The folder is made when first needed.
  explicit EventLog(std::filesystem::path path);

  /// Appends one line, as to_json() writes it, and flushes it to disk. Errors: write_failed.
  Status append(const Event& event);

 private:
  std::filesystem::path path_;
};

}  // namespace auscult
