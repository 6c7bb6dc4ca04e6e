#include "events/event_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>

#include "audio/audio_file.h"

namespace auscult {

EventStore::EventStore(std::filesystem::path log, std::filesystem::path clip_dir) : log_(std::move(log)), clip_dir_(std::move(clip_dir)) {}

Status EventStore::append(const std::string& json_line) {
  if (log_.empty()) return {};
  std::error_code error;
  if (log_.has_parent_path()) std::filesystem::create_directories(log_.parent_path(), error);
  const int fd = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string line = json_line + "\n";
  // One write call, so that two programs appending to one log never mix their lines.
  const bool ok = fd >= 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(fd) == 0;
  const int number = errno;
  if (fd >= 0) close(fd);
  if (!ok) return fail(ErrorCode::write_failed, std::string("the event could not be logged: ") + std::strerror(number), log_.string(), "check the disk; monitoring goes on");
  return {};
}

Status EventStore::write_clip(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  AUSCULT_TRY_ASSIGN(AudioFileWriter writer, AudioFileWriter::create(path, sample_rate, 1, AudioEncoding::flac_pcm16));
  AUSCULT_TRY(writer.write(samples));
  AUSCULT_TRY(writer.finish());
  enforce_quota();
  return {};
}

// Names begin with the time of the event, so that their order is the order of time. Only our own kind of file goes.
void EventStore::enforce_quota() const {
  std::map<std::filesystem::path, std::uintmax_t> clips;
  std::uintmax_t total = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(clip_dir_, error)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".flac" || name.find("Z_event") == std::string::npos) continue;
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
