#include "events/clip_store.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

#include "audio/audio_file.h"
#include "base/shared_folders.h"
#include "base/times.h"
#include "events/event.h"

namespace auscult {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMark = "Z_event";  // what follows the time in a clip's name

}  // namespace

bool is_event_clip(const fs::path& file) {
  return file.extension() == ".flac" && file.filename().string().find(kMark) != std::string::npos;
}

fs::path event_clip_name(std::int64_t wall_time_ms, std::int64_t event_id) {
  std::string name = iso_time(wall_time_ms) + "_event" + std::to_string(event_id) + ".flac";
  std::replace(name.begin(), name.end(), ':', '-');
  return name;
}

ClipStore::ClipStore(fs::path folder, std::uintmax_t quota_bytes)
    : folder_(std::move(folder)), quota_bytes_(quota_bytes) {}

Status ClipStore::write(const fs::path& path, const std::vector<float>& samples, int sample_rate) {
  AUSCULT_TRY(make_private_folders(path.parent_path()));
  AUSCULT_TRY_ASSIGN(AudioFileWriter writer,
                     AudioFileWriter::create(path, sample_rate, 1, AudioEncoding::flac_pcm16, FileAccess::owner_only));
  AUSCULT_TRY(writer.write(samples));
  AUSCULT_TRY(writer.finish());
  std::vector<Clip> clips = this->clips();
  mark_newest(path, clips);
  enforce_quota(std::move(clips));
  return {};
}

std::vector<ClipStore::Clip> ClipStore::clips() const {
  std::vector<Clip> clips;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (!is_event_clip(entry.path())) continue;
    const std::uintmax_t size = entry.file_size(error);
    const fs::file_time_type written = error ? fs::file_time_type() : entry.last_write_time(error);
    if (!error) clips.push_back({entry.path().filename().string(), size, written});
  }
  return clips;
}

// The times of the files tell in which order they were written, whatever the system's clock does: a file that is
// written after the clock has jumped back is given a later time than all before it.
void ClipStore::mark_newest(const fs::path& path, std::vector<Clip>& clips) {
  const std::string name = path.filename().string();
  const auto written = std::find_if(clips.begin(), clips.end(), [&](const Clip& clip) { return clip.name == name; });
  if (written == clips.end()) return;
  std::error_code error;
  for (const Clip& other : clips)
    if (other.name != name && other.written >= written->written)
      written->written = other.written + std::chrono::milliseconds(1);
  fs::last_write_time(path, written->written, error);
}

void ClipStore::enforce_quota(std::vector<Clip> clips) const {
  std::uintmax_t total = 0;
  for (const Clip& clip : clips) total += clip.bytes;
  if (total <= quota_bytes_) return;
  std::sort(clips.begin(), clips.end(), [](const Clip& a, const Clip& b) {
    return std::tie(a.written, a.name) < std::tie(b.written, b.name);  // file systems may round times
  });
  std::error_code error;
  for (auto oldest = clips.begin(); total > quota_bytes_ && std::next(oldest) < clips.end(); ++oldest) {
    fs::remove(folder_ / oldest->name, error);
    total -= oldest->bytes;
  }
}

}  // namespace auscult
