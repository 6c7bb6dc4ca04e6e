#include "audio/recording_time.h"

#include <sys/stat.h>

#include <string>

#include "audio/audio_file.h"
#include "base/times.h"

namespace auscult {

std::optional<std::int64_t> recording_start_ms(const std::filesystem::path& recording) {
  struct stat status {};
  if (stat(recording.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto reader = AudioFileReader::open(recording);
  if (reader && !reader->info().origination.empty()) {
    // "2024-01-31 08:30:00"; some recorders write other separators.
    std::string text = reader->info().origination;
    for (const std::size_t dash : {4U, 7U}) text[dash] = '-';
    for (const std::size_t colon : {13U, 16U}) text[colon] = ':';
    if (const auto time = parse_time(text, 0)) return *time;
  }
  if (const auto named = time_in_name(recording)) return *named;
  if (!reader || reader->info().frames == 0) return std::nullopt;
  const std::int64_t changed = status.st_mtim.tv_sec * 1000LL + status.st_mtim.tv_nsec / 1000000;
  return changed - static_cast<std::int64_t>(1000.0 * reader->info().seconds());
}

}  // namespace auscult
