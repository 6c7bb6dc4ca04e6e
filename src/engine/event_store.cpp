#include "auscult/engine/event_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "auscult/audio/audio_file.h"

namespace auscult {

std::string iso_time(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
  return std::string(text, length) + "." + fraction + "Z";
}

namespace {

nlohmann::ordered_json bands_json(const std::vector<FrequencyBand>& bands) {
  auto list = nlohmann::ordered_json::array();
  for (const FrequencyBand& band : bands) list.push_back({{"from_hz", std::round(band.from_hz)}, {"to_hz", std::round(band.to_hz)}, {"share", std::round(1000.0 * band.share) / 1000.0}});
  return list;
}

}  // namespace

std::string event_json(const EventNotice& notice, const Model& model, const std::string& source) {
  const Event& event = notice.event;
  const auto detector = static_cast<std::size_t>(event.peak_detector);
  nlohmann::ordered_json object = {{"type", "event"},
                                   {"edge", notice.edge == EventEdge::began ? "began" : "ended"},
                                   {"id", event.id},
                                   {"start_s", event.start_s},
                                   {"end_s", event.end_s},
                                   {"duration_s", event.end_s - event.start_s},
                                   {"peak_score", event.peak_score},
                                   {"peak_s", event.peak_s},
                                   {"threshold", event.threshold},
                                   {"detector", detector < model.detectors.size() ? model.detectors[detector].config.name : ""},
                                   {"bands", bands_json(notice.bands)},
                                   {"wall_time", iso_time(notice.wall_time_ms)},
                                   {"source", source},
                                   {"model", model.training.digest},
                                   {"verdict", "unknown"}};
  if (!notice.clip.empty()) object["clip"] = notice.clip.string();
  // Names of files and devices may be in any encoding; what is no UTF-8 becomes a replacement character.
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

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
