#include "audio/portaudio_source.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>

#include "capture_ring_loss_clock.h"
#include "device_controller.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;

// The callback cannot wake the reader (a system call), so the reader polls at this interval.
constexpr auto kPollInterval = std::chrono::milliseconds(5);

class PortAudioSource final : public SampleSource {
 public:
  explicit PortAudioSource(PortAudioOptions options) : options_(std::move(options)) {}
  ~PortAudioSource() override { stop(); }

  Status start() override;
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override;
  void stop() override;
  SourceInfo info() const override;
  SourceHealth health() const override;

 private:
  std::shared_ptr<DeviceController> controller() const;
  bool take(DeviceController& controller, SampleBlock& block);
  void place(SampleBlock& block);

  const PortAudioOptions options_;
  mutable std::mutex mutex_;  // guards what info() and health() read from other threads
  std::shared_ptr<DeviceController> controller_;
  SourceInfo last_info_;
  SourceHealth last_health_;
  std::uint64_t lost_ = 0, gaps_ = 0;  // from the block headers
  std::uint64_t ring_lost_told_ = 0;   // part of lost_ that comes from the session's ring
  std::shared_ptr<CaptureSession> session_;

  // Used only by the reader.
  std::optional<LossClock> loss_clock_;
  std::int64_t next_position_ = 0;
  std::int64_t last_time_ns_ = 0;  // of the last block, possibly of the previous stream
  bool first_of_session_ = true;
};

Status PortAudioSource::start() {
  stop();
  auto controller = std::make_shared<DeviceController>(options_);
  AUSCULT_TRY(controller->start());
  const std::lock_guard lock(mutex_);
  controller_ = std::move(controller);
  session_ = nullptr;
  loss_clock_.reset();
  lost_ = gaps_ = ring_lost_told_ = 0;
  next_position_ = last_time_ns_ = 0;
  return {};
}

Result<ReadState> PortAudioSource::read(SampleBlock& block, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto device = controller();
  if (!device) return ReadState::end;
  while (!take(*device, block)) {
    if (Clock::now() >= deadline) return ReadState::timeout;
    std::this_thread::sleep_for(kPollInterval);
  }
  return ReadState::block;
}

// A block of the current stream; after that has been closed and drained, of the next one.
bool PortAudioSource::take(DeviceController& controller, SampleBlock& block) {
  const auto newest = controller.session();  // queried first: the old ring then receives nothing more after this
  if (session_ && session_->ring.read(block)) {
    place(block);
    return true;
  }
  if (!newest || newest == session_) return false;
  {
    const std::lock_guard lock(mutex_);
    session_ = newest;
    ring_lost_told_ = 0;
  }
  loss_clock_.emplace(session_->sample_rate);
  first_of_session_ = true;
  return take(controller, block);
}

// Converts a position in one stream to a position in the whole capture. While the device was away, the time difference
// between the last block read and the first one of the new stream determines the loss.
void PortAudioSource::place(SampleBlock& block) {
  BlockHeader& header = block.header;
  const int rate = session_->sample_rate;
  const std::int64_t from_ring = header.lost_before;
  header.sample_rate = rate;
  header.lost_before += loss_clock_->observe(header.time_ns, header.first_sample + block.frames());
  if (first_of_session_ && last_time_ns_ != 0) {
    const double away =
        static_cast<double>(header.time_ns - last_time_ns_) * 1e-9 * rate - static_cast<double>(block.frames());
    header.lost_before += std::max<std::int64_t>(std::llround(away), 0);
  }
  first_of_session_ = false;
  last_time_ns_ = header.time_ns;
  header.first_sample = next_position_ + header.lost_before;
  next_position_ = header.first_sample + block.frames();

  const std::lock_guard lock(mutex_);
  ring_lost_told_ += static_cast<std::uint64_t>(from_ring);
  lost_ += static_cast<std::uint64_t>(header.lost_before);
  if (header.lost_before > 0) ++gaps_;
}

void PortAudioSource::stop() {
  const auto device = controller();
  if (!device) return;
  device->stop();
  SourceHealth final_health = health();
  const bool hangs = DeviceController::left_behind();
  final_health.state = hangs ? SourceState::failed : SourceState::stopped;
  if (!hangs) final_health.message.clear();
  const std::lock_guard lock(mutex_);
  last_info_ = device->info();
  last_health_ = final_health;
  controller_ = nullptr;
  session_ = nullptr;
}

SourceInfo PortAudioSource::info() const {
  const auto device = controller();
  if (device) return device->info();
  const std::lock_guard lock(mutex_);
  return last_info_;
}

SourceHealth PortAudioSource::health() const {
  const std::lock_guard lock(mutex_);
  if (!controller_) return last_health_;
  SourceHealth health = controller_->health();
  health.lost = lost_;
  health.gaps = gaps_;
  if (session_) {
    health.ring_fill = session_->ring.fill();
    const std::uint64_t ring_lost = session_->ring.lost();
    if (ring_lost > ring_lost_told_) {  // already lost, but its block is not read yet
      health.lost += ring_lost - ring_lost_told_;
      ++health.gaps;
    }
  }
  return health;
}

std::shared_ptr<DeviceController> PortAudioSource::controller() const {
  const std::lock_guard lock(mutex_);
  return controller_;
}

}  // namespace

std::unique_ptr<SampleSource> make_portaudio_source(const PortAudioOptions& options) {
  return std::make_unique<PortAudioSource>(options);
}

bool portaudio_hangs() {
  return DeviceController::left_behind();
}

}  // namespace auscult
