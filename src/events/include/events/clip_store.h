// The folder of the events' sound: FLAC files, the oldest of which are deleted when there are too many. Thread rule:
// one object, one thread (the storage thread).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
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
  explicit ClipStore(std::filesystem::path folder, std::uintmax_t quota_bytes = kClipQuotaBytes);

  /// Writes mono samples as FLAC, for this user alone, and deletes clips of the folder while the total exceeds the
  /// quota: in the order in which they were written, also if the system's clock has been set back. Errors:
  /// write_failed.
  Status write(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate);

 private:
  struct Clip {
    std::string name;  // in the folder; a path takes several times the memory, and there may be thousands
    std::uintmax_t bytes = 0;
    std::filesystem::file_time_type written;
  };
  std::vector<Clip> clips() const;
  static void mark_newest(const std::filesystem::path& path, std::vector<Clip>& clips);
  void enforce_quota(std::vector<Clip> clips) const;

  std::filesystem::path folder_;
  std::uintmax_t quota_bytes_;
};

}  // namespace auscult
