// Where events are kept: one JSON object a line, appended and flushed to disk, and each event's sound as FLAC.
// Thread rule: one object, one thread (the storage thread).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

/// Room that the sound of events may take; the log keeps every event.
inline constexpr std::uintmax_t kClipQuotaBytes = std::uintmax_t{1} << 30;

class EventStore {
 public:
  /// Either path may be empty: nothing of that kind is kept. Folders are made when first needed.
  EventStore(std::filesystem::path log, std::filesystem::path clip_dir);

  /// Appends one line and flushes it to disk. Errors: write_failed.
  Status append(const std::string& json_line);
  /// Writes mono samples as FLAC, and removes the oldest clips of the folder while together they hold more than
  /// kClipQuotaBytes. Errors: write_failed.
  Status write_clip(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate);

 private:
  void enforce_quota() const;
  std::filesystem::path log_, clip_dir_;
};

}  // namespace auscult
