// Where events are kept: one JSON object a line, appended and flushed to disk, and each event's sound as FLAC.
// Thread rule: one object, one thread (the storage thread). event_json() from anywhere.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auscult/base/error.h"
#include "auscult/engine/event_record.h"
#include "auscult/engine/live_monitor.h"

namespace auscult {

/// {"type": "event", "edge": "began" | "ended", "id", "start_s", "end_s", "duration_s", "peak_score", "peak_s", "threshold",
/// "detector", "bands": where it was most unusual, [{"from_hz", "to_hz", "share"}], "wall_time" (ISO 8601, UTC), "source", "model",
/// "clip", "verdict": "unknown"}.
std::string event_json(const EventNotice& notice, const Model& model, const std::string& source);

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
