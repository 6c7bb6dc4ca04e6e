#include "audio/audio_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

#include <sndfile.h>

#include "audio_file_riff.h"
#include "audio_file_spool.h"
#include "audio_file_view.h"
#include "base/log.h"
#include "base/sample_rates.h"

namespace auscult {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxChannels = 64;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", seconds);
  return text;
}

tl::unexpected<Error> truncated(const std::string& name, double announced, double present) {
  return fail(ErrorCode::truncated_audio,
              "the recording is cut short: its header announces " + seconds_text(announced) + ", the file holds " +
                  seconds_text(present),
              name, "copy it again from where it was recorded; `sox --ignore-length IN OUT` keeps the existing part");
}

std::string format_name(SNDFILE* file, int format) {
  std::string name;
  for (const int part : {format & SF_FORMAT_TYPEMASK, format & SF_FORMAT_SUBMASK}) {
    SF_FORMAT_INFO info{};
    info.format = part;
    if (sf_command(file, SFC_GET_FORMAT_INFO, &info, sizeof info) != 0 || !info.name) continue;
    if (!name.empty()) name += ", ";
    name += info.name;
  }
  return name;
}

Status check_is_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    const bool missing = !error || error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
    return fail(ErrorCode::file_not_found, missing ? "no such file" : "cannot be opened: " + error.message(),
                path.string(), "check the name and the folder");
  }
  if (fs::is_directory(status))
    return fail(ErrorCode::bad_input, "is a folder, not an audio file", path.string(), "name an audio file");
  if (!fs::is_regular_file(status) && !fs::is_fifo(status))
    return fail(ErrorCode::bad_input, "is a device, not an audio file", path.string(),
                "store the sound in a file first");
  return {};
}

// A recording may be opened several times: for its length, for training, for scoring.
void warn_once(const std::string& name, const std::string& repair) {
  if (repair.empty()) return;
  static std::mutex mutex;
  static std::set<std::size_t> told;  // hashes: no memory worth mentioning, whatever the number of recordings
  {
    const std::lock_guard lock(mutex);
    if (!told.insert(std::hash<std::string>{}(name + '\n' + repair)).second) return;
  }
  log(LogLevel::warning, name + ": " + repair);
}

Status check_limits(const std::string& name, const AudioFileInfo& info) {
  if (info.channels < 1 || info.channels > kMaxChannels)
    return fail(ErrorCode::bad_input, std::to_string(info.channels) + " channels cannot be used", name,
                "use audio with 1 to 64 channels");
  if (info.sample_rate < kLowestSampleRate || info.sample_rate > kHighestSampleRate)
    return fail(ErrorCode::bad_input, "a sample rate of " + std::to_string(info.sample_rate) + " Hz cannot be used",
                name, kUsableRatesHint);
  return {};
}

Result<int> open_descriptor(const fs::path& path) {
  std::error_code error;
  if (fs::is_fifo(path, error)) return audio::spool_pipe(path);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(ErrorCode::file_not_found, std::string("cannot be opened: ") + std::strerror(errno), path.string(),
                "check the name and the read permission");
  return fd;
}

}  // namespace

struct AudioFileReader::Impl {
  Impl(fs::path p, int fd, std::int64_t size) : path(std::move(p)), descriptor(fd), view(fd, size) {}
  ~Impl() {
    if (file) sf_close(file);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string name() const { return path.string(); }
  Status open_file();
  Status not_audio(const std::string& reason) const;
  /// Lets libsndfile see the sound behind a header without faults; an error where the end is missing.
  Status use_layout(audio::RiffLayout& riff);
  /// Explains why there were fewer sample frames than announced.
  Status explain_short_read() const;
  int container() const { return format & SF_FORMAT_TYPEMASK; }

  fs::path path;
  FileDescriptor descriptor;
  audio::FileView view;  // sf_open_virtual keeps its address
  SNDFILE* file = nullptr;
  int format = 0;
  AudioFileInfo info;
  bool length_known = true;
  std::int64_t position = 0;
  bool ended = false;
};

Status AudioFileReader::Impl::not_audio(const std::string& reason) const {
  return fail(ErrorCode::not_audio, "is not an audio file that can be read (" + reason + ")", name(),
              "use WAV, FLAC, Ogg, AIFF or MP3; `file IN` shows its actual type, `ffmpeg -i IN OUT.wav` converts it");
}

Status AudioFileReader::Impl::use_layout(audio::RiffLayout& riff) {
  view.replace(std::move(riff.header), std::move(riff.sound));
  if (riff.truncated()) return truncated(name(), riff.seconds(riff.announced), riff.seconds(riff.present));
  info.repair = std::move(riff.repair);
  info.origination = std::move(riff.origination);
  return {};
}

Status AudioFileReader::Impl::open_file() {
  if (view.size() == 0)
    return fail(ErrorCode::empty_input, "is an empty file", name(), "copy it again, and check the recorder");
  SF_INFO sf{};
  auto layout = audio::read_riff_layout(descriptor.get(), view.size());
  if (layout && !layout->unusable.empty()) return not_audio(layout->unusable);
  const Status riff = layout ? use_layout(*layout) : Status{};
  file = sf_open_virtual(&audio::FileView::functions(), SFM_READ, &sf, &view);
  // "Not audio" takes precedence over the length; the length in a header that libsndfile refuses means nothing.
  if (!file || (sf.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_RAW) {
    std::string reason = sf_strerror(file);
    while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
    return not_audio(reason);
  }
  AUSCULT_TRY(riff);
  format = sf.format;
  info.sample_rate = sf.samplerate;
  info.channels = sf.channels;
  info.frames = std::max<std::int64_t>(0, sf.frames);
  info.format = format_name(file, sf.format);
  if (info.frames == 0) return fail(ErrorCode::empty_input, "contains no samples", name(), "check the recorder");
  length_known = info.frames < SF_COUNT_MAX;
  if (!length_known) info.frames = 0;
  return check_limits(name(), info);
}

Status AudioFileReader::Impl::explain_short_read() const {
  const double present = static_cast<double>(position) / info.sample_rate;
  const int error = sf_error(file);
  // An MP3 may announce slightly more than its decoder returns.
  const std::int64_t tolerated = container() == SF_FORMAT_MPEG ? info.sample_rate : 0;
  if (length_known && info.frames - position > tolerated) return truncated(name(), info.seconds(), present);
  if (error != SF_ERR_NO_ERROR)
    return fail(ErrorCode::not_audio, "is damaged after " + seconds_text(present) + " (" + sf_error_number(error) + ")",
                name(), "copy it again; `ffmpeg -i IN OUT.wav` keeps what can be read");
  if (!length_known && container() == SF_FORMAT_OGG)  // an Ogg file has its length in the last page
    return fail(ErrorCode::truncated_audio,
                "the recording is cut short: its end is missing after " + seconds_text(present), name(),
                "copy it again; `ffmpeg -i IN OUT.wav` keeps what can be read");
  if (position == 0) return fail(ErrorCode::empty_input, "contains no samples", name(), "check the recorder");
  return {};
}

AudioFileReader::AudioFileReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioFileReader::~AudioFileReader() = default;
AudioFileReader::AudioFileReader(AudioFileReader&&) noexcept = default;
AudioFileReader& AudioFileReader::operator=(AudioFileReader&&) noexcept = default;

Result<AudioFileReader> AudioFileReader::open(const fs::path& path) {
  AUSCULT_TRY(check_is_file(path));
  AUSCULT_TRY_ASSIGN(const int fd, open_descriptor(path));
  struct stat status {};
  const bool known = fstat(fd, &status) == 0;
  auto impl = std::make_unique<Impl>(path, fd, known ? status.st_size : 0);
  AUSCULT_TRY(impl->open_file());
  warn_once(impl->name(), impl->info.repair);
  return AudioFileReader(std::move(impl));
}

const AudioFileInfo& AudioFileReader::info() const {
  return impl_->info;
}

Result<std::int64_t> AudioFileReader::read(std::span<float> interleaved) {
  const auto channels = static_cast<std::size_t>(impl_->info.channels);
  const auto wanted = static_cast<sf_count_t>(interleaved.size() / channels);
  if (wanted == 0 || impl_->ended) return std::int64_t{0};
  const sf_count_t frames = sf_readf_float(impl_->file, interleaved.data(), wanted);
  impl_->position += frames;
  if (frames < wanted) {
    impl_->ended = true;
    AUSCULT_TRY(impl_->explain_short_read());
  }
  return std::int64_t{frames};
}

Status AudioFileReader::seek(std::int64_t frame) {
  const bool outside = frame < 0 || (impl_->length_known && frame > impl_->info.frames);
  if (outside || sf_seek(impl_->file, frame, SEEK_SET) != frame)
    return fail(ErrorCode::bad_input, "has no sample frame " + std::to_string(frame), impl_->name());
  impl_->position = frame;
  impl_->ended = false;
  return {};
}

namespace {

// The ending of a name in lower case.
std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

template <std::size_t N>
bool ends_in_one_of(const fs::path& path, const std::array<std::string_view, N>& extensions) {
  return std::find(extensions.begin(), extensions.end(), extension_of(path)) != extensions.end();
}

}  // namespace

bool has_audio_extension(const fs::path& path) {
  static constexpr std::array<std::string_view, 21> kExtensions = {
      ".wav",  ".wave", ".bwf", ".rf64", ".bw64", ".w64", ".flac", ".ogg", ".oga",  ".opus", ".aif",
      ".aiff", ".aifc", ".au",  ".snd",  ".caf",  ".mp3", ".voc",  ".sph", ".nist", ".sds"};
  return ends_in_one_of(path, kExtensions);
}

bool has_unreadable_audio_extension(const fs::path& path) {
  static constexpr std::array<std::string_view, 24> kExtensions = {
      ".m4a", ".m4b",  ".mp4",  ".aac", ".amr", ".awb", ".3gp", ".3ga", ".wma", ".asf", ".ac3", ".mka",
      ".mkv", ".webm", ".weba", ".mov", ".avi", ".ape", ".wv",  ".tta", ".dsf", ".dff", ".mpc", ".ra"};
  return ends_in_one_of(path, kExtensions);
}

}  // namespace auscult
