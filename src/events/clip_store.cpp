#include "events/clip_store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "audio/audio_file.h"
#include "base/times.h"
#include "events/event.h"

namespace auscult {
namespace {

constexpr const char* kMark = "Z_event";  // what follows the time in a clip's name

}  // namespace

bool is_event_clip(const std::filesystem::path& file) {
  return file.extension() == ".flac" && file.filename().string().find(kMark) != std::string::npos;
}

std::filesystem::path event_clip_name(std::int64_t wall_time_ms, std::int64_t event_id) {
  std::string name = iso_time(wall_time_ms) + "_event" + std::to_string(event_id) + ".flac";
  std::replace(name.begin(), name.end(), ':', '-');
  return name;
}

ClipStore::ClipStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

Status ClipStore::write(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  AUSCULT_TRY_ASSIGN(AudioFileWriter writer, AudioFileWriter::create(path, sample_rate, 1, AudioEncoding::flac_pcm16));
  AUSCULT_TRY(writer.write(samples));
  AUSCULT_TRY(writer.finish());
  enforce_quota();
  return {};
}

void ClipStore::enforce_quota() const {
  std::map<std::filesystem::path, std::uintmax_t> clips;  // oldest first
  std::uintmax_t total = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (!is_event_clip(entry.path())) continue;
    const std::uintmax_t size = entry.file_size(error);
    if (error) continue;
    clips[entry.path()] = size;
    total += size;
  }
  for (auto oldest = clips.begin(); total > kClipQuotaBytes && std::next(oldest) != clips.end(); ++oldest) {
    std::filesystem::remove(oldest->first, error);
    total -= oldest->second;
  }
}

}  // namespace auscult
