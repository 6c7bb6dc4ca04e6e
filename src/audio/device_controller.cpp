#include "device_controller.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include <portaudio.h>

#include "device_liveness.h"
#include "portaudio_source_devices.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto kStartDeadline = 8s;
constexpr auto kStopDeadline = 2500ms;
constexpr auto kWatchInterval = 100ms;
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kCloseLimitNs = 2000 * kMs;
constexpr std::int64_t kOpenLimitNs = 5000 * kMs;  // a search alone takes up to kLongestDeviceSearch

// PortAudio is one global library that is not thread-safe: calls take turns (portaudio_mutex). It counts its users, and
// lists devices only when the first one comes.
std::atomic<int> g_left_behind{0};

const char* const kRestartHint =
    "restart the sound server (systemctl --user restart pipewire pulseaudio), then start again";

// Converting devices ("default", "pulse") claim 32 or more channels regardless of the hardware; two are enough to get
// the first channel of a stereo microphone unmixed.
int choose_channels(int asked, const InputDevice& device) {
  if (asked > 0) return asked;
  const bool hardware = device.name.find("(hw:") != std::string::npos;
  return hardware || device.max_channels <= 8 ? std::min(device.max_channels, 8) : 2;
}

PaStreamParameters stream_parameters(const IndexedDevice& entry, int channels) {
  PaStreamParameters parameters{};
  parameters.device = entry.index;
  parameters.channelCount = channels;
  parameters.sampleFormat = paFloat32;
  // Latency is uncritical: 100 ms bridge a busy computer.
  parameters.suggestedLatency = std::max(entry.device.default_latency, 0.1);
  return parameters;
}

int choose_rate(const PortAudioOptions& options, const IndexedDevice& entry, const PaStreamParameters& parameters) {
  if (options.sample_rate > 0) return options.sample_rate;
  const auto supported = [&](int rate) {
    return Pa_IsFormatSupported(&parameters, nullptr, rate) == paFormatIsSupported;
  };
  const int usual = static_cast<int>(entry.device.default_sample_rate);
  if (supported(options.lowest_rate)) return options.lowest_rate;
  if (usual >= options.lowest_rate) return usual;
  for (const int rate : {44100, 48000, 96000, 192000, 384000})
    if (rate > options.lowest_rate && supported(rate)) return rate;
  return usual;
}

// An open stream and the session that its callback writes to. The destructor does not close it: closing may hang and is
// therefore a separate step.
struct OpenStream {
  PaStream* stream = nullptr;
  std::shared_ptr<CaptureSession> session;
};

Result<OpenStream> open_stream(const IndexedDevice& entry, const PortAudioOptions& options) {
  const int channels = choose_channels(options.channels, entry.device);
  const PaStreamParameters parameters = stream_parameters(entry, channels);
  const int rate = choose_rate(options, entry, parameters);
  const int block_frames = rate <= 24000 ? 512 : 1024;
  OpenStream open;
  open.session = std::make_shared<CaptureSession>(std::max(options.ring_seconds, 8.0), rate, channels, block_frames);
  PaError error = Pa_OpenStream(&open.stream, &parameters, nullptr, rate, static_cast<unsigned long>(block_frames),
                                paClipOff | paDitherOff, &capture_callback, open.session.get());
  if (error == paNoError) {
    Pa_SetStreamFinishedCallback(open.stream, &capture_finished);
    error = Pa_StartStream(open.stream);
    if (error != paNoError) Pa_CloseStream(open.stream);
  }
  if (error == paNoError) return open;
  return fail(ErrorCode::device_unavailable, std::string("the microphone cannot be opened: ") + Pa_GetErrorText(error),
              entry.device.name + ", " + std::to_string(rate) + " Hz, " + std::to_string(channels) + " channels",
              "another program may use it, or it does not support this rate or channel count; `auscult devices` lists "
              "the inputs");
}

std::string seconds_text(std::int64_t ns) {
  return std::to_string(ns / 1'000'000'000) + " s";
}

}  // namespace

// Everything the thread touches. The thread keeps it alive if it is abandoned.
struct DeviceController::Shared {
  explicit Shared(PortAudioOptions wanted) : options(std::move(wanted)) {}

  const PortAudioOptions options;
  mutable std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  bool stop_requested = false;  // by stop()
  bool abandoned = false;
  bool finished = false;
  std::optional<Status> opened;  // the result of the first opening
  SourceInfo info;
  SourceState state = SourceState::stopped;
  std::string message;
  std::shared_ptr<CaptureSession> session;
  SourceHealth closed;  // sums over the streams before `session`
  // Start of the current PortAudio call: shows health() a hang while the thread is stuck in the call.
  std::atomic<std::int64_t> call_since_ns{0};
  std::atomic<std::int64_t> call_limit_ns{0};

  void run();

 private:
  std::optional<PortAudioLibrary> library_;
  OpenStream open_;

  struct AtEnd;
  struct Call {
    Call(Shared& owner, std::int64_t limit_ns) : shared(owner) {
      shared.call_limit_ns = limit_ns;
      shared.call_since_ns = steady_now_ns();
      portaudio_mutex().lock();
    }
    ~Call() {
      portaudio_mutex().unlock();
      shared.call_since_ns = 0;
    }
    Shared& shared;
  };

  Status open_device(const std::string& name);
  Status find_and_open(const std::string& name);
  void watch();
  void close();
  void recover();
  bool wait_for_stop(milliseconds time);
  void set_state(SourceState new_state, std::string new_message);
  std::string device_name() const;
};

// Tells those who wait, whatever ends the thread, including an exception.
struct DeviceController::Shared::AtEnd {
  Shared& shared;
  ~AtEnd() {
    {
      const std::lock_guard lock(shared.mutex);
      shared.finished = true;
      if (shared.abandoned) --g_left_behind;
      shared.state = SourceState::stopped;
      shared.message.clear();
      if (!shared.opened)
        shared.opened = fail(ErrorCode::internal, "opening the microphone failed unexpectedly", shared.options.device,
                             "please report this");
    }
    shared.changed.notify_all();
  }
};

void DeviceController::Shared::run() {
  const AtEnd at_end{*this};
  const Status first = open_device(options.device);
  {
    const std::lock_guard lock(mutex);
    opened = first;
  }
  changed.notify_all();
  while (first && !wait_for_stop(0ms)) {
    watch();
    close();
    recover();
  }
  const Call call(*this, kCloseLimitNs);
  close();
  library_.reset();
}

// PortAudio only lists devices when it starts, so each search for a device restarts the library, unless another capture
// uses it: then the device is opened again as it was listed. A failed search lets go of the library, so that the last
// capture that has lost its device makes a new list.
Status DeviceController::Shared::open_device(const std::string& name) {
  const Call call(*this, kOpenLimitNs);
  library_.reset();
  Status opened_now = find_and_open(name);
  if (!opened_now) library_.reset();
  return opened_now;
}

Status DeviceController::Shared::find_and_open(const std::string& name) {
  AUSCULT_TRY_ASSIGN(auto library, PortAudioLibrary::open());
  library_.emplace(std::move(library));
  AUSCULT_TRY_ASSIGN(const auto entry, find_device(input_devices(), name));
  AUSCULT_TRY_ASSIGN(open_, open_stream(entry, options));

  const std::lock_guard lock(mutex);
  session = open_.session;
  info = {.name = entry.device.name,
          .host_api = entry.device.host_api,
          .sample_rate = session->sample_rate,
          .channels = session->channels,
          .live = true};
  state = SourceState::starting;
  message.clear();
  return {};
}

// Returns when the stream must be closed.
void DeviceController::Shared::watch() {
  const std::int64_t opened_ns = steady_now_ns();
  while (!wait_for_stop(kWatchInterval)) {
    const std::int64_t last = open_.session->last_callback_ns.load(std::memory_order_acquire);
    const std::int64_t now = steady_now_ns();
    const auto seen = stream_state(now, opened_ns, last);
    if (open_.session->finished || Pa_IsStreamActive(open_.stream) != 1 || !seen) {
      set_state(SourceState::recovering, device_name() + " has disappeared; waiting for it to return");
      return;
    }
    if (*seen == SourceState::silent) {
      set_state(SourceState::silent, device_name() + " runs but has sent no sound for " +
                                         seconds_text(now - std::max(last, opened_ns)) +
                                         "; check whether it is muted, suspended or unplugged");
    } else if (*seen == SourceState::running) {
      set_state(SourceState::running, {});
    }
  }
}

void DeviceController::Shared::close() {
  if (!open_.stream) return;
  {
    const Call call(*this, kCloseLimitNs);
    Pa_CloseStream(open_.stream);
  }
  const std::lock_guard lock(mutex);
  closed.captured += session->ring.captured();
  closed.callbacks += session->callbacks;
  closed.callback_gap_ms = std::max(closed.callback_gap_ms, static_cast<double>(session->longest_gap_ns) / kMs);
  session = nullptr;
  open_ = {};
}

void DeviceController::Shared::recover() {
  SearchPause pause;
  for (int attempt = 1; !wait_for_stop(pause.next()); ++attempt) {
    const std::string name = device_name();
    ++portaudio_rescans();  // makes a player release the library, without which the list of devices cannot be refreshed
    const Status status = open_device(name);
    if (status) {
      const std::lock_guard lock(mutex);
      ++closed.reconnects;
      return;
    }
    set_state(SourceState::recovering, name + " has disappeared; tried to reopen it " + std::to_string(attempt) +
                                           " times, still trying (" + status.error().what + ")");
  }
}

bool DeviceController::Shared::wait_for_stop(milliseconds time) {
  std::unique_lock lock(mutex);
  return changed.wait_for(lock, time, [this] { return stop_requested; });
}

void DeviceController::Shared::set_state(SourceState new_state, std::string new_message) {
  const std::lock_guard lock(mutex);
  state = new_state;
  message = std::move(new_message);
}

std::string DeviceController::Shared::device_name() const {
  const std::lock_guard lock(mutex);
  return info.name;
}

DeviceController::DeviceController(PortAudioOptions options) : shared_(std::make_shared<Shared>(std::move(options))) {}

DeviceController::~DeviceController() {
  stop();
}

Status DeviceController::start() {
  if (left_behind())
    return fail(ErrorCode::device_unavailable, "the audio system still hangs in an earlier capture",
                shared_->options.device, kRestartHint);
  AUSCULT_TRY(worker_.start([shared = shared_](std::stop_token) { shared->run(); }));
  std::unique_lock lock(shared_->mutex);
  if (!shared_->changed.wait_for(lock, kStartDeadline, [this] { return shared_->opened.has_value(); })) {
    lock.unlock();
    stop();
    return fail(ErrorCode::device_unavailable, "the audio system does not answer", shared_->options.device,
                kRestartHint);
  }
  return *shared_->opened;
}

void DeviceController::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop_requested = true;
  }
  shared_->changed.notify_all();
  if (worker_.join(kStopDeadline)) return;
  const std::lock_guard lock(shared_->mutex);
  if (shared_->finished) return;  // just before the deadline
  shared_->abandoned = true;
  ++g_left_behind;
}

std::shared_ptr<CaptureSession> DeviceController::session() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->session;
}

SourceInfo DeviceController::info() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->info;
}

SourceHealth DeviceController::health() const {
  const std::lock_guard lock(shared_->mutex);
  SourceHealth health = shared_->closed;
  health.state = shared_->state;
  health.message = shared_->message;
  if (const auto& session = shared_->session) {
    health.captured += session->ring.captured();
    health.callbacks += session->callbacks;
    health.callback_gap_ms = std::max(health.callback_gap_ms, static_cast<double>(session->longest_gap_ns) / kMs);
  }
  const std::int64_t since = shared_->call_since_ns;
  if (since != 0 && steady_now_ns() - since > shared_->call_limit_ns) {
    health.state = SourceState::failed;
    health.message = shared_->info.name + ": the audio system has not answered for " +
                     seconds_text(steady_now_ns() - since) + "; " + kRestartHint;
  }
  return health;
}

bool DeviceController::left_behind() {
  return g_left_behind > 0;
}

}  // namespace auscult
