#include "audio/audio_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

#include <sndfile.h>

#include "audio_file_riff.h"
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

// libsndfile's view of the file: the bytes as they are, except that placeholders in the header are replaced by the true
// sizes. (A view also keeps libsndfile from guessing a raw format from the file's name.)
struct FileView {
  int descriptor = -1;
  sf_count_t size = 0;
  sf_count_t position = 0;
  sf_count_t patch_offset = -1;
  std::array<unsigned char, 4> patch{};
};

sf_count_t view_length(void* user) {
  return static_cast<FileView*>(user)->size;
}

sf_count_t view_seek(sf_count_t offset, int whence, void* user) {
  auto& view = *static_cast<FileView*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? view.position : view.size;
  if (offset < -base || offset > std::numeric_limits<sf_count_t>::max() - base) return -1;
  view.position = base + offset;
  return view.position;
}

sf_count_t view_read(void* into, sf_count_t count, void* user) {
  auto& view = *static_cast<FileView*>(user);
  auto* bytes = static_cast<unsigned char*>(into);
  sf_count_t done = 0;
  while (done < count) {
    const ssize_t n = pread(view.descriptor, bytes + done, static_cast<size_t>(count - done), view.position + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += n;
  }
  if (view.patch_offset >= 0) {
    for (sf_count_t i = 0; i < 4; ++i) {
      const sf_count_t at = view.patch_offset + i - view.position;
      if (at >= 0 && at < done) bytes[at] = view.patch[static_cast<size_t>(i)];
    }
  }
  view.position += done;
  return done;
}

sf_count_t view_write(const void*, sf_count_t, void*) {
  return 0;
}

sf_count_t view_tell(void* user) {
  return static_cast<FileView*>(user)->position;
}

SF_VIRTUAL_IO kViewFunctions = {view_length, view_seek, view_read, view_write, view_tell};

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", seconds);
  return text;
}

tl::unexpected<Error> truncated(const std::string& name, double announced, double present) {
  return fail(ErrorCode::truncated_audio,
              "the recording is cut short: its header announces " + seconds_text(announced) + ", the file holds " +
                  seconds_text(present),
              name, "copy or record it again; `sox --ignore-length IN OUT` keeps the existing part");
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
  if (!fs::is_regular_file(status))
    return fail(ErrorCode::bad_input, "is a pipe or device, not an audio file", path.string(),
                "store the sound in a file first");
  return {};
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

}  // namespace

struct AudioFileReader::Impl {
  Impl(fs::path p, int fd) : path(std::move(p)), descriptor(fd) { view.descriptor = fd; }
  ~Impl() {
    if (file) sf_close(file);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string name() const { return path.string(); }
  Status open_file();
  Status examine_riff();
  /// Explains why there were fewer sample frames than announced.
  Status explain_short_read() const;
  int container() const { return format & SF_FORMAT_TYPEMASK; }

  fs::path path;
  FileDescriptor descriptor;
  FileView view;  // sf_open_virtual keeps its address
  SNDFILE* file = nullptr;
  int format = 0;
  AudioFileInfo info;
  bool length_known = true;
  std::int64_t position = 0;
  bool ended = false;
};

Status AudioFileReader::Impl::examine_riff() {
  const auto riff = audio::read_riff_layout(descriptor.get(), view.size);
  if (!riff) return {};
  if (riff->truncated()) return truncated(name(), riff->seconds(riff->announced), riff->seconds(riff->present));
  if (riff->announced < 0 && !riff->wide) {
    const auto size = static_cast<std::uint32_t>(std::min<std::int64_t>(riff->present, 0xFFFFFFFE));
    view.patch_offset = riff->size_offset;
    for (unsigned i = 0; i < 4; ++i)
      view.patch[riff->big_endian ? 3 - i : i] = static_cast<unsigned char>(size >> (8 * i));
  }
  return {};
}

Status AudioFileReader::Impl::open_file() {
  struct stat status {};
  if (fstat(descriptor.get(), &status) != 0)
    return fail(ErrorCode::file_not_found, std::string("cannot be read: ") + std::strerror(errno), name(),
                "check the file");
  view.size = status.st_size;
  if (view.size == 0) return fail(ErrorCode::empty_input, "is an empty file", name(), "record or copy it again");
  SF_INFO sf{};
  Status riff = examine_riff();
  file = sf_open_virtual(&kViewFunctions, SFM_READ, &sf, &view);
  // "Not audio" takes precedence over the length; the length in a header that libsndfile refuses means nothing.
  if (!file || (sf.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_RAW) {
    std::string reason = sf_strerror(file);
    while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
    return fail(ErrorCode::not_audio, "is not an audio file that can be read (" + reason + ")", name(),
                "use WAV, FLAC, Ogg, AIFF or MP3; `file` shows its actual type");
  }
  AUSCULT_TRY(riff);
  format = sf.format;
  info.sample_rate = sf.samplerate;
  info.channels = sf.channels;
  info.frames = std::max<std::int64_t>(0, sf.frames);
  info.format = format_name(file, sf.format);
  if (info.frames == 0) return fail(ErrorCode::empty_input, "contains no samples", name(), "record it again");
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
                name(), "copy or record it again");
  if (!length_known && container() == SF_FORMAT_OGG)  // an Ogg file has its length in the last page
    return fail(ErrorCode::truncated_audio,
                "the recording is cut short: its end is missing after " + seconds_text(present), name(),
                "copy or record it again");
  if (position == 0) return fail(ErrorCode::empty_input, "contains no samples", name(), "record it again");
  return {};
}

AudioFileReader::AudioFileReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioFileReader::~AudioFileReader() = default;
AudioFileReader::AudioFileReader(AudioFileReader&&) noexcept = default;
AudioFileReader& AudioFileReader::operator=(AudioFileReader&&) noexcept = default;

Result<AudioFileReader> AudioFileReader::open(const fs::path& path) {
  AUSCULT_TRY(check_is_file(path));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(ErrorCode::file_not_found, std::string("cannot be opened: ") + std::strerror(errno), path.string(),
                "check the name and the read permission");
  auto impl = std::make_unique<Impl>(path, fd);
  AUSCULT_TRY(impl->open_file());
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
