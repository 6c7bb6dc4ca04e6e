// The folder of the events' sound: FLAC files, the oldest of which are deleted when there are too many. Thread rule:
// one object, one thread (the storage thread).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "auscult/error.h"

namespace auscult {

/// Maximum total size of the events' sound. Events themselves are never deleted.
inline constexpr std::uintmax_t kClipQuotaBytes = std::uintmax_t{1} << 30;

/// Whether a file has the name of an event's clip.
bool is_event_clip(const std::filesystem::path& file);
/// "2026-01-31T12-00-00.000Z_event3.flac": begins with the time, so that sorting by name sorts by time.
std::filesystem::path event_clip_name(std::int64_t wall_time_ms, std::int64_t event_id);

class ClipStore {
 public:
  /// The folder is created when first needed.
  explicit ClipStore(std::filesystem::path folder);

  /// Writes mono samples as FLAC, and deletes the oldest clips of the folder while the total exceeds kClipQuotaBytes.
  /// Errors: write_failed.
  Status write(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate);

 private:
  void enforce_quota() const;
  std::filesystem::path folder_;
};

}  // namespace auscult
