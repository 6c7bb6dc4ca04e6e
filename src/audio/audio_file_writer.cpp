#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include <sndfile.h>

#include "audio/audio_file.h"
#include "base/atomic_file.h"

namespace auscult {
namespace {

constexpr std::int64_t kMostWavBytes = 0xFFFFFFFFLL - 4096;  // a WAV header stores sizes in 32 bits

int sndfile_format(AudioEncoding encoding) {
  switch (encoding) {
    case AudioEncoding::wav_pcm16:
      return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    case AudioEncoding::wav_extensible_pcm16:
      return SF_FORMAT_WAVEX | SF_FORMAT_PCM_16;
    case AudioEncoding::wav_float:
      return SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    case AudioEncoding::flac_pcm16:
      return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  }
  return 0;
}

// The inverse of the reader's scaling. libsndfile's own conversion multiplies by 32767, so a round trip would not be
// exact.
std::int16_t to_pcm16(float x) {
  return static_cast<std::int16_t>(std::lrint(std::clamp(x * 32768.0F, -32768.0F, 32767.0F)));
}

// Eight channels are marked as in MIMII's recordings: the loudspeaker positions of 7.1, although they are microphones.
constexpr int kMimiiChannels = 8;
void set_mimii_channel_map(SNDFILE* file) {
  std::array<int, kMimiiChannels> places = {
      SF_CHANNEL_MAP_LEFT,      SF_CHANNEL_MAP_RIGHT,      SF_CHANNEL_MAP_CENTER,    SF_CHANNEL_MAP_LFE,
      SF_CHANNEL_MAP_REAR_LEFT, SF_CHANNEL_MAP_REAR_RIGHT, SF_CHANNEL_MAP_SIDE_LEFT, SF_CHANNEL_MAP_SIDE_RIGHT};
  sf_command(file, SFC_SET_CHANNEL_MAP_INFO, places.data(), static_cast<int>(sizeof places));
}

// The file that libsndfile writes to. What it writes while it closes a FLAC file (the last block, the length) may fail
// without a word from it, so this remembers the first failure.
struct Sink {
  int descriptor = -1;
  int error = 0;  // errno
};

sf_count_t sink_length(void* sink) {
  struct stat status {};
  return fstat(static_cast<Sink*>(sink)->descriptor, &status) == 0 ? status.st_size : -1;
}
sf_count_t sink_seek(sf_count_t offset, int whence, void* sink) {
  return lseek(static_cast<Sink*>(sink)->descriptor, offset, whence);
}
sf_count_t sink_read(void* bytes, sf_count_t count, void* sink) {
  return read(static_cast<Sink*>(sink)->descriptor, bytes, static_cast<std::size_t>(count));
}
sf_count_t sink_tell(void* sink) {
  return lseek(static_cast<Sink*>(sink)->descriptor, 0, SEEK_CUR);
}
sf_count_t sink_write(const void* bytes, sf_count_t count, void* user) {
  auto& sink = *static_cast<Sink*>(user);
  sf_count_t written = 0;
  while (written < count) {
    const ssize_t n =
        write(sink.descriptor, static_cast<const char*>(bytes) + written, static_cast<std::size_t>(count - written));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      if (sink.error == 0) sink.error = errno;
      break;
    }
    written += n;
  }
  return written;
}

}  // namespace

struct AudioFileWriter::Impl {
  explicit Impl(AtomicFile f) : target(std::move(f)) {}
  ~Impl() { close(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  tl::unexpected<Error> failure(const std::string& reason) const {
    return fail(ErrorCode::write_failed,
                "cannot be written: " + (sink.error != 0 ? std::string(std::strerror(sink.error)) : reason),
                target.target_path().string(), "check the free disk space; an existing file is unchanged");
  }
  bool open(SF_INFO& info) {
    sink.descriptor = ::open(target.temporary_path().c_str(), O_RDWR | O_CLOEXEC);
    if (sink.descriptor < 0) {
      sink.error = errno;
      return false;
    }
    SF_VIRTUAL_IO functions = {sink_length, sink_seek, sink_read, sink_write, sink_tell};
    file = sf_open_virtual(&functions, SFM_WRITE, &info, &sink);
    return file != nullptr;
  }
  /// Whether everything was written.
  bool close() {
    bool closed = !file || sf_close(std::exchange(file, nullptr)) == 0;
    if (sink.descriptor < 0) return closed;
    if (::close(std::exchange(sink.descriptor, -1)) != 0 && sink.error == 0) sink.error = errno;
    return closed && sink.error == 0;
  }
  Status write_pcm16(std::span<const float> samples);

  AtomicFile target;
  Sink sink;
  SNDFILE* file = nullptr;
  int channels = 0;
  bool is_float = false, is_wav = false;
  std::int64_t bytes = 0;
};

AudioFileWriter::AudioFileWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioFileWriter::~AudioFileWriter() = default;
AudioFileWriter::AudioFileWriter(AudioFileWriter&&) noexcept = default;
AudioFileWriter& AudioFileWriter::operator=(AudioFileWriter&&) noexcept = default;

Result<AudioFileWriter> AudioFileWriter::create(const std::filesystem::path& path, int sample_rate, int channels,
                                                AudioEncoding encoding, FileAccess access) {
  SF_INFO info{};
  info.samplerate = sample_rate;
  info.channels = channels;
  info.format = sndfile_format(encoding);
  if (sample_rate < 1 || channels < 1 || channels > 64 || !sf_format_check(&info)) {
    return fail(ErrorCode::bad_input,
                std::to_string(channels) + " channels at " + std::to_string(sample_rate) +
                    " Hz cannot be stored in this format",
                path.string(), "FLAC takes up to 8 channels; WAV takes up to 64");
  }
  AUSCULT_TRY_ASSIGN(AtomicFile target, AtomicFile::create(path, access));
  auto impl = std::make_unique<Impl>(std::move(target));
  impl->channels = channels;
  impl->is_float = encoding == AudioEncoding::wav_float;
  impl->is_wav = encoding != AudioEncoding::flac_pcm16;
  if (!impl->open(info)) return impl->failure(sf_strerror(nullptr));
  if (encoding == AudioEncoding::wav_extensible_pcm16 && channels == kMimiiChannels) set_mimii_channel_map(impl->file);
  // The PEAK chunk contains the time of writing, but equal sound must give equal bytes.
  sf_command(impl->file, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  return AudioFileWriter(std::move(impl));
}

Status AudioFileWriter::write(std::span<const float> interleaved) {
  if (!impl_->file) return fail(ErrorCode::internal, "written after finish()", impl_->target.target_path().string());
  if (interleaved.size() % static_cast<std::size_t>(impl_->channels) != 0)
    return fail(ErrorCode::bad_input, "the samples do not fill whole sample frames",
                impl_->target.target_path().string());
  impl_->bytes += static_cast<std::int64_t>(interleaved.size() * (impl_->is_float ? 4 : 2));
  if (impl_->is_wav && impl_->bytes > kMostWavBytes) return impl_->failure("a WAV file cannot hold more than 4 GiB");
  if (!impl_->is_float) return impl_->write_pcm16(interleaved);
  const auto count = static_cast<sf_count_t>(interleaved.size());
  if (sf_write_float(impl_->file, interleaved.data(), count) != count) return impl_->failure(sf_strerror(impl_->file));
  return {};
}

Status AudioFileWriter::Impl::write_pcm16(std::span<const float> samples) {
  std::array<std::int16_t, 4096> pcm{};
  const std::size_t whole_frames = pcm.size() / static_cast<std::size_t>(channels) * static_cast<std::size_t>(channels);
  while (!samples.empty()) {
    const auto part = samples.first(std::min(samples.size(), whole_frames));
    if (!std::all_of(part.begin(), part.end(), [](float x) { return std::isfinite(x); }))
      return fail(ErrorCode::bad_input, "a sample is not a number", target.target_path().string());
    std::transform(part.begin(), part.end(), pcm.begin(), to_pcm16);
    const auto count = static_cast<sf_count_t>(part.size());
    if (sf_write_short(file, pcm.data(), count) != count) return failure(sf_strerror(file));
    samples = samples.subspan(part.size());
  }
  return {};
}

Status AudioFileWriter::finish() {
  if (!impl_->file) return fail(ErrorCode::internal, "finished twice", impl_->target.target_path().string());
  if (!impl_->close()) return impl_->failure("the file could not be completed");
  return impl_->target.commit();
}

}  // namespace auscult
