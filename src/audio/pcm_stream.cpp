#include "audio/pcm_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/streams.h"
#include "pcm_stream_header.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kSilentAfter = std::chrono::seconds(2);

// One sample in little-endian order.
float decode(const unsigned char* bytes, const RawFormat& format) {
  if (format.is_float) {
    if (format.bytes == 4) {
      float value = 0.0F;
      std::memcpy(&value, bytes, sizeof value);
      return value;
    }
    double value = 0.0;
    std::memcpy(&value, bytes, sizeof value);
    return static_cast<float>(value);
  }
  if (format.is_unsigned) return (static_cast<float>(bytes[0]) - 128.0F) / 128.0F;
  std::uint32_t word = 0;  // left-justified in 32 bits
  for (int i = 0; i < format.bytes; ++i) word |= static_cast<std::uint32_t>(bytes[i]) << 8 * (4 - format.bytes + i);
  return static_cast<float>(static_cast<std::int32_t>(word)) / 2147483648.0F;
}

void decode_all(const std::string& bytes, std::size_t frames, const RawFormat& format, std::vector<float>& into) {
  const auto width = static_cast<std::size_t>(format.bytes);
  into.resize(frames * static_cast<std::size_t>(format.channels));
  std::array<unsigned char, 8> sample{};
  for (std::size_t i = 0; i < into.size(); ++i) {
    std::memcpy(sample.data(), bytes.data() + i * width, width);
    if (format.big_endian) std::reverse(sample.begin(), sample.begin() + format.bytes);
    into[i] = decode(sample.data(), format);
  }
}

class PcmStream final : public SampleSource {
 public:
  explicit PcmStream(PcmStreamOptions options) : options_(std::move(options)) {}
  ~PcmStream() override { close_input(); }
  PcmStream(const PcmStream&) = delete;
  PcmStream& operator=(const PcmStream&) = delete;

  Status start() override;
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override;
  void stop() override {
    close_input();
    set_state(SourceState::stopped, {});
  }
  SourceInfo info() const override {
    const std::lock_guard lock(mutex_);
    return info_;
  }
  SourceHealth health() const override {
    const std::lock_guard lock(mutex_);
    return health_;
  }

 private:
  std::string name() const { return options_.path == "-" ? "standard input" : options_.path.string(); }
  Result<ReadState> receive(std::chrono::milliseconds timeout);
  Result<bool> header_complete();
  void announce(const RawFormat& format);
  bool at_announced_end();
  std::size_t whole_frames() const;
  void deliver(SampleBlock& block, std::size_t frames);
  Result<ReadState> end();
  void set_state(SourceState state, std::string message);
  void close_input() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

  const PcmStreamOptions options_;
  int descriptor_ = -1;
  std::string bytes_;  // received, not yet delivered
  bool input_ended_ = false;
  audio::WavStreamHeader header_;
  std::optional<RawFormat> format_;
  std::optional<std::int64_t> remaining_;  // bytes that a header announces, and that have not been delivered
  std::int64_t position_ = 0;              // sample frames
  Clock::time_point last_received_;

  mutable std::mutex mutex_;
  SourceInfo info_;      // guarded by the mutex
  SourceHealth health_;  // guarded by the mutex
};

Status PcmStream::start() {
  close_input();
  const auto named = named_descriptor(options_.path, STDIN_FILENO);
  descriptor_ = named ? fcntl(*named, F_DUPFD_CLOEXEC, 3)
                      : ::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) {
    set_state(SourceState::failed, std::strerror(errno));
    return fail(ErrorCode::file_not_found, std::string("cannot be opened: ") + std::strerror(errno), name(),
                "check the name and the read permission, or pipe sound into this program");
  }
  if (named && isatty(descriptor_) == 1)
    return fail(ErrorCode::bad_input, "is a terminal, not a stream of sound", name(),
                "pipe sound into it, for example: arecord -f S16_LE -r 48000 | auscult listen MODEL --input -");
  last_received_ = Clock::now();
  bytes_.clear();
  header_ = {};
  format_.reset();
  remaining_.reset();
  position_ = 0;
  input_ended_ = false;
  {
    const std::lock_guard lock(mutex_);
    info_ = {};
    info_.name = options_.path == "-" ? "standard input" : options_.path.filename().string();
    health_ = {};
    health_.state = SourceState::starting;
  }
  if (options_.raw) announce(*options_.raw);
  return {};
}

void PcmStream::announce(const RawFormat& format) {
  format_ = format;
  remaining_ = header_.announced();
  const std::lock_guard lock(mutex_);
  info_.sample_rate = format.sample_rate;
  info_.channels = format.channels;
}

Result<ReadState> PcmStream::read(SampleBlock& block, std::chrono::milliseconds timeout) {
  if (health().state == SourceState::ended) return ReadState::end;
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    AUSCULT_TRY_ASSIGN(const bool ready, header_complete());
    if (ready) {
      if (at_announced_end()) return end();
      if (const std::size_t frames = whole_frames(); frames > 0) {
        deliver(block, frames);
        return ReadState::block;
      }
    }
    if (input_ended_) return end();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    AUSCULT_TRY_ASSIGN(const ReadState received, receive(std::max(left, std::chrono::milliseconds(0))));
    if (received == ReadState::timeout) return ReadState::timeout;
  }
}

// Adds what has arrived to bytes_.
Result<ReadState> PcmStream::receive(std::chrono::milliseconds timeout) {
  pollfd waiting{descriptor_, POLLIN, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(timeout.count()));
  if (ready <= 0) {
    if (Clock::now() - last_received_ > kSilentAfter) set_state(SourceState::silent, "no sound arrives from " + name());
    return ReadState::timeout;
  }
  std::array<char, 16384> part{};
  const ssize_t n = ::read(descriptor_, part.data(), part.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return ReadState::timeout;
  if (n < 0) {
    const std::string reason = std::strerror(errno);
    set_state(SourceState::failed, reason);
    return fail(ErrorCode::bad_input, "cannot be read: " + reason, name(), "check the program that sends the sound");
  }
  last_received_ = Clock::now();
  input_ended_ = n == 0;
  bytes_.append(part.data(), static_cast<std::size_t>(n));
  return ReadState::block;
}

Result<bool> PcmStream::header_complete() {
  if (format_) return true;
  auto complete = header_.parse(bytes_);
  if (!complete) {
    Error error = complete.error();
    error.context = name();
    set_state(SourceState::failed, error.what);
    return tl::unexpected<Error>(std::move(error));
  }
  if (*complete) announce(header_.format());
  return *complete;
}

// An announced length may be wrong: only a chunk that follows it, or the end, shows that the samples end there.
bool PcmStream::at_announced_end() {
  constexpr std::size_t kTag = 4;
  if (!remaining_ || *remaining_ > 0) return false;
  if (bytes_.size() > kTag && bytes_.front() == '\0') bytes_.erase(0, 1);  // the byte that pads an odd length
  if (bytes_.size() < kTag) return input_ended_;
  if (audio::begins_chunk(bytes_)) return true;
  log(LogLevel::warning, name() + ": there is more sound than the header announces; all of it is read");
  remaining_.reset();
  return false;
}

std::size_t PcmStream::whole_frames() const {
  std::size_t bytes = bytes_.size();
  if (remaining_) bytes = std::min(bytes, static_cast<std::size_t>(std::max<std::int64_t>(0, *remaining_)));
  return std::min(bytes / static_cast<std::size_t>(format_->frame_bytes()),
                  static_cast<std::size_t>(options_.block_frames));
}

void PcmStream::deliver(SampleBlock& block, std::size_t frames) {
  decode_all(bytes_, frames, *format_, block.interleaved);
  const std::size_t taken = frames * static_cast<std::size_t>(format_->frame_bytes());
  bytes_.erase(0, taken);
  if (remaining_) *remaining_ -= static_cast<std::int64_t>(taken);
  if (remaining_ && *remaining_ < format_->frame_bytes()) *remaining_ = 0;
  block.header = {.first_sample = position_,
                  .time_ns = steady_ns(),
                  .lost_before = 0,
                  .sample_rate = format_->sample_rate,
                  .channels = format_->channels};
  position_ += static_cast<std::int64_t>(frames);
  const std::lock_guard lock(mutex_);
  health_.state = SourceState::running;
  health_.message.clear();
  health_.captured += frames;
}

Result<ReadState> PcmStream::end() {
  if (position_ == 0) {
    const bool nothing = bytes_.empty() && !format_;
    set_state(SourceState::failed, "no sound arrived");
    return fail(nothing ? ErrorCode::empty_input : ErrorCode::not_audio, "ended before the first sample", name(),
                "check the program that sends the sound");
  }
  if (remaining_ && *remaining_ > 0) {
    const double missing = static_cast<double>(*remaining_) / format_->frame_bytes() / format_->sample_rate;
    log(LogLevel::warning,
        name() + ": ended " + std::to_string(missing) + " s before the length that its header announces");
  }
  set_state(SourceState::ended, {});
  return ReadState::end;
}

void PcmStream::set_state(SourceState state, std::string message) {
  const std::lock_guard lock(mutex_);
  health_.state = state;
  health_.message = std::move(message);
}

}  // namespace

std::unique_ptr<SampleSource> make_pcm_stream(PcmStreamOptions options) {
  return std::make_unique<PcmStream>(std::move(options));
}

}  // namespace auscult
