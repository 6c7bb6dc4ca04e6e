#include "audio/player.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <variant>

#include <portaudio.h>

#include "audio/audio_file.h"
#include "player_converter.h"
#include "player_session.h"
#include "portaudio_source_devices.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kFillInterval = milliseconds(20);
constexpr auto kSystemLimit =
    milliseconds(2000);  // an audio system that does not answer for this long is considered hung
constexpr auto kStallLimit = milliseconds(3000);  // a server may take two seconds before it requests the first sample
constexpr double kRingSeconds = 1.0;
// Silence before and after: outputs that wake up swallow the beginning (measured: 62 ms), and buffered sound is not
// audible yet.
constexpr double kLeadSeconds = 0.25, kTailSeconds = 0.25;
constexpr std::size_t kChunkFrames = 1024;

struct Samples {
  std::vector<float> interleaved;
  int sample_rate = 0, channels = 0;
};
struct Order {
  std::variant<std::filesystem::path, Samples> sound;
  double from_s = 0.0;
};

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

tl::unexpected<Error> no_output(const std::string& what) {
  return fail(ErrorCode::device_unavailable, what, "output",
              "connect loudspeakers or headphones and check the sound settings; the clip is an ordinary FLAC file that "
              "any player opens");
}

// A file or samples as interleaved sample frames, from a given position.
class Sound {
 public:
  static Result<Sound> open(Order order) {
    Sound sound;
    if (const auto* path = std::get_if<std::filesystem::path>(&order.sound)) {
      AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(*path));
      const AudioFileInfo info = reader.info();
      sound.rate_ = info.sample_rate;
      sound.channels_ = info.channels;
      sound.frames_ = info.frames;
      if (order.from_s > 0.0) AUSCULT_TRY(reader.seek(sound.frame_at(order.from_s)));
      sound.file_.emplace(std::move(reader));
      return sound;
    }
    sound.samples_ = std::move(std::get<Samples>(order.sound));
    if (sound.samples_.sample_rate <= 0 || sound.samples_.channels <= 0 || sound.samples_.interleaved.empty())
      return fail(ErrorCode::empty_input, "there are no samples to play");
    sound.rate_ = sound.samples_.sample_rate;
    sound.channels_ = sound.samples_.channels;
    sound.frames_ = static_cast<std::int64_t>(sound.samples_.interleaved.size()) / sound.channels_;
    sound.next_ = static_cast<std::size_t>(sound.frame_at(order.from_s) * sound.channels_);
    return sound;
  }

  int rate() const { return rate_; }
  int channels() const { return channels_; }
  double seconds() const { return static_cast<double>(frames_) / rate_; }

  /// Up to kChunkFrames sample frames; empty at the end.
  Result<std::vector<float>> read() {
    std::vector<float> chunk(kChunkFrames * static_cast<std::size_t>(channels_));
    if (file_) {
      AUSCULT_TRY_ASSIGN(const std::int64_t frames, file_->read(chunk));
      chunk.resize(static_cast<std::size_t>(frames * channels_));
      return chunk;
    }
    const auto& all = samples_.interleaved;
    const std::size_t whole = static_cast<std::size_t>(frames_ * channels_);
    chunk.resize(std::min(chunk.size(), whole - next_));
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(next_), chunk.size(), chunk.begin());
    next_ += chunk.size();
    return chunk;
  }

 private:
  std::int64_t frame_at(double s) const {
    const auto frame = static_cast<std::int64_t>(std::llround(std::max(0.0, s) * rate_));
    return frames_ > 0 ? std::min(frame, frames_) : frame;
  }
  std::optional<AudioFileReader> file_;
  Samples samples_;
  std::size_t next_ = 0;
  int rate_ = 0, channels_ = 0;
  std::int64_t frames_ = 0;
};

// An output stream with everything it needs; closed under the lock that all PortAudio callers take.
class Output {
 public:
  /// Errors: device_unavailable.
  static Result<std::unique_ptr<Output>> open(int channels, int rate) {
    std::unique_lock lock(portaudio_mutex(), kSystemLimit);
    if (!lock)
      return fail(ErrorCode::device_unavailable, "the audio system does not answer", "output",
                  "restart the sound server (systemctl --user restart pipewire pulseaudio)");
    auto output = std::unique_ptr<Output>(new Output);
    output->rescans_ = portaudio_rescans();
    AUSCULT_TRY_ASSIGN(auto library, PortAudioLibrary::open());
    output->library_.emplace(std::move(library));
    AUSCULT_TRY(output->choose_format(channels, rate));
    return output;
  }
  ~Output() {
    const std::lock_guard lock(portaudio_mutex());
    if (stream_) Pa_CloseStream(stream_);
    library_.reset();
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Status start() {
    const std::lock_guard lock(portaudio_mutex());
    PaError error = Pa_OpenStream(&stream_, nullptr, &parameters_, rate_, paFramesPerBufferUnspecified, paDitherOff,
                                  &play_callback, session_.get());
    if (error == paNoError) error = Pa_StartStream(stream_);
    if (error != paNoError) return no_output(std::string("the output cannot be opened: ") + Pa_GetErrorText(error));
    if (const PaStreamInfo* info = Pa_GetStreamInfo(stream_)) latency_s_ = info->outputLatency;
    return {};
  }

  PlaySession& session() { return *session_; }
  int channels() const { return parameters_.channelCount; }
  double rate() const { return rate_; }
  double latency_s() const { return latency_s_; }
  bool active() const { return Pa_IsStreamActive(stream_) == 1; }
  bool must_go() const { return portaudio_rescans() != rescans_; }

 private:
  Output() = default;

  // The sound's own format if the device supports it, else stereo, else the device's rate.
  Status choose_format(int channels, int rate) {
    const PaDeviceIndex device = Pa_GetDefaultOutputDevice();
    const PaDeviceInfo* info = device == paNoDevice ? nullptr : Pa_GetDeviceInfo(device);
    if (!info || info->maxOutputChannels <= 0) return no_output("no sound output found");
    parameters_.device = device;
    parameters_.sampleFormat = paFloat32;
    parameters_.suggestedLatency = std::max(info->defaultHighOutputLatency, 0.1);
    for (const double wanted_rate : {static_cast<double>(rate), info->defaultSampleRate}) {
      for (const int wanted_channels : {channels > 2 ? 1 : channels, 2}) {
        parameters_.channelCount = wanted_channels;
        rate_ = wanted_rate;
        if (wanted_channels > info->maxOutputChannels ||
            Pa_IsFormatSupported(nullptr, &parameters_, rate_) != paFormatIsSupported)
          continue;
        session_ = std::make_unique<PlaySession>(static_cast<std::size_t>(kRingSeconds * rate_), wanted_channels);
        return {};
      }
    }
    return no_output(std::string("the output \"") + info->name + "\" supports neither mono nor stereo sound at " +
                     std::to_string(rate) + " Hz or its own rate");
  }

  std::optional<PortAudioLibrary> library_;
  PaStreamParameters parameters_{};
  double rate_ = 0.0, latency_s_ = 0.0;
  int rescans_ = 0;
  std::unique_ptr<PlaySession> session_;
  PaStream* stream_ = nullptr;
};

}  // namespace

const char* to_string(PlayState state) {
  switch (state) {
    case PlayState::idle:
      return "idle";
    case PlayState::opening:
      return "opening";
    case PlayState::playing:
      return "playing";
    case PlayState::finished:
      return "finished";
    case PlayState::failed:
      return "failed";
  }
  return "idle";
}

// The thread keeps it alive if it is abandoned.
struct Player::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  std::optional<Order> order;
  bool stop = false, quit = false;
  PlayerStatus status;
  std::optional<Clock::time_point> asked;  // for a sound that has not started yet

  void run(const std::stop_token& stopping);

 private:
  Status play(Order order);
  Status feed(Output& output, Sound& sound, double from_s);
  /// Waits; true if another sound was requested.
  bool interrupted(milliseconds time) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, time, [this] { return stop || quit || order; });
  }
  void set_position(double position_s, std::uint64_t underruns) {
    const std::lock_guard lock(mutex);
    if (order || stop) return;
    status.position_s = position_s;
    status.underruns = underruns;
  }
  void set_state(PlayState state, std::optional<Error> error = std::nullopt) {
    const std::lock_guard lock(mutex);
    if (!order) asked.reset();  // otherwise the status belongs to the newer request
    if (order || stop) return;
    status.state = state;
    status.error = std::move(error);
  }
};

void Player::Shared::run(const std::stop_token& stopping) {
  while (!stopping.stop_requested()) {
    std::optional<Order> next;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return quit || order; });
      if (quit) break;
      next = std::exchange(order, std::nullopt);
      stop = false;
    }
    if (const Status played = play(std::move(*next)); !played) set_state(PlayState::failed, played.error());
  }
}

Status Player::Shared::play(Order order_now) {
  const double from_s = order_now.from_s;
  AUSCULT_TRY_ASSIGN(Sound sound, Sound::open(std::move(order_now)));
  {
    const std::lock_guard lock(mutex);
    if (!order) status.duration_s = sound.seconds();
  }
  AUSCULT_TRY_ASSIGN(const auto output, Output::open(sound.channels(), sound.rate()));
  // Reported before the output is closed, because closing may hang.
  if (const Status fed = feed(*output, sound, from_s); !fed) set_state(PlayState::failed, fed.error());
  return {};
}

Status Player::Shared::feed(Output& output, Sound& sound, double from_s) {
  PlaySession& session = output.session();
  PlayConverter convert(sound.channels(), sound.rate(), output.channels(), static_cast<int>(output.rate()));
  std::vector<float> pending(
      static_cast<std::size_t>(kLeadSeconds * output.rate()) * static_cast<std::size_t>(output.channels()), 0.0F);
  std::size_t next = 0;
  Status read_error;
  const auto fill = [&] {
    for (;;) {
      const std::size_t channels = static_cast<std::size_t>(output.channels());
      const std::size_t room = session.ring.write_available() / channels * channels;
      const std::size_t n = std::min(room, pending.size() - next);
      session.ring.push(pending.data() + next, n);
      next += n;
      if (next < pending.size() || session.all_in) return;
      auto chunk = sound.read();
      if (!chunk) read_error = tl::unexpected(chunk.error());
      if (!chunk || chunk->empty()) {
        session.all_in.store(true, std::memory_order_release);
        return;
      }
      pending = convert(*chunk);
      next = 0;
    }
  };
  fill();
  AUSCULT_TRY(output.start());
  set_state(PlayState::playing);
  std::uint64_t callbacks = 0;
  auto last_sign = Clock::now();
  std::optional<Clock::time_point> all_taken;
  while (!interrupted(kFillInterval)) {
    fill();
    const auto now = Clock::now();
    if (std::exchange(callbacks, session.callbacks) != session.callbacks) last_sign = now;
    const double taken_s = static_cast<double>(session.played) / output.rate() - kLeadSeconds;
    set_position(from_s + std::max(0.0, taken_s - output.latency_s()), session.underruns);
    if (output.must_go())
      return fail(ErrorCode::device_lost, "playback ended because the microphone has to be reopened", "output",
                  "play it again in a moment");
    if (now - last_sign > kStallLimit)
      return fail(ErrorCode::device_lost, "the output has stopped accepting sound", "output",
                  "check that the sound server runs and that the output is not suspended");
    if (!output.active())
      return fail(ErrorCode::device_lost, "the output has disappeared", "output", "reconnect it, then play again");
    if (!all_taken && session.all_in && session.ring.read_available() == 0) all_taken = now;
    if (!all_taken || seconds_between(*all_taken, now) < output.latency_s() + kTailSeconds) continue;
    set_position(from_s + std::max(0.0, taken_s), session.underruns);
    AUSCULT_TRY(read_error);
    set_state(PlayState::finished);
    return {};
  }
  return {};
}

Player::Player() : shared_(std::make_shared<Shared>()) {}

Player::~Player() {
  close();
}

namespace {

PlayerStatus opening(std::filesystem::path path, double from_s) {
  PlayerStatus status;
  status.state = PlayState::opening;
  status.path = std::move(path);
  status.position_s = from_s;
  return status;
}

}  // namespace

void Player::wake() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (!worker_.running()) {  // the first sound, or the first one after an exception ended the thread
      const Status started = worker_.start([shared = shared_](std::stop_token stop) { shared->run(stop); });
      if (!started) {
        shared_->status.state = PlayState::failed;
        shared_->status.error = started.error();
      }
    }
  }
  shared_->changed.notify_all();
}

void Player::start(std::filesystem::path path, double from_s) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->status = opening(path, from_s);
    shared_->order = Order{std::move(path), from_s};
    shared_->asked = Clock::now();
  }
  wake();
}

void Player::start(std::vector<float> samples, int sample_rate, int channels, double from_s) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->status = opening({}, from_s);
    shared_->order = Order{Samples{std::move(samples), sample_rate, channels}, from_s};
    shared_->asked = Clock::now();
  }
  wake();
}

void Player::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->order.reset();
    shared_->asked.reset();
    shared_->stop = true;
    shared_->status = {};
  }
  shared_->changed.notify_all();
}

PlayerStatus Player::status() const {
  const std::lock_guard lock(shared_->mutex);
  PlayerStatus status = shared_->status;
  if (auto failure = worker_.failure();
      failure && (status.state == PlayState::opening || status.state == PlayState::playing)) {
    status.state = PlayState::failed;
    status.error = std::move(failure);
  }
  if (shared_->asked && Clock::now() - *shared_->asked > kStallLimit + kSystemLimit) {
    status.state = PlayState::failed;
    status.error = Error{ErrorCode::device_unavailable, "the audio system does not answer", "output",
                         "restart the sound server (systemctl --user restart pipewire pulseaudio)"};
  }
  return status;
}

bool Player::close(milliseconds patience) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->quit = shared_->stop = true;
  }
  shared_->changed.notify_all();
  return worker_.join(patience);
}

}  // namespace auscult
