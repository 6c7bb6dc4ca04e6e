#include "audio/restarting_source.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class RestartingSource final : public SampleSource {
 public:
  RestartingSource(std::string name, std::function<std::unique_ptr<SampleSource>()> make, RestartOptions options)
      : name_(std::move(name)), make_(std::move(make)), options_(options), pause_(options.first_pause) {}
  ~RestartingSource() override { close_inner(); }
  RestartingSource(const RestartingSource&) = delete;
  RestartingSource& operator=(const RestartingSource&) = delete;

  Status start() override {
    next_attempt_ = Clock::now();
    silent_since_.reset();
    pause_ = options_.first_pause;
    const std::lock_guard lock(mutex_);
    info_.name = name_;
    health_ = {};
    health_.state = SourceState::starting;
    return {};
  }
  Result<ReadState> read(SampleBlock& block, milliseconds timeout) override;
  void stop() override {
    close_inner();
    const std::lock_guard lock(mutex_);
    health_.state = SourceState::stopped;
    health_.message.clear();
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
  bool open_inner();
  void close_inner();
  void lose(const std::string& reason);
  void deliver(SampleBlock& block);
  void follow_health();

  const std::string name_;
  const std::function<std::unique_ptr<SampleSource>()> make_;
  const RestartOptions options_;
  std::unique_ptr<SampleSource> inner_;            // null: between two attempts
  Clock::time_point next_attempt_, opened_;        // opened_: when the first sound of this attempt arrived
  bool heard_ = false;                             // sound has arrived since the last attempt
  std::optional<Clock::time_point> silent_since_;  // the end of the sound before the restart
  milliseconds pause_;
  std::int64_t position_ = 0;  // sample frames of the whole stream, with what was lost
  SourceHealth before_;        // counts of the attempts that are over

  mutable std::mutex mutex_;
  SourceInfo info_;      // under the mutex
  SourceHealth health_;  // under the mutex
};

// False: not yet, or it failed again.
bool RestartingSource::open_inner() {
  if (Clock::now() < next_attempt_) return false;
  inner_ = make_();
  heard_ = false;
  if (const Status started = inner_->start(); !started) {
    lose(to_message(started.error()));
    return false;
  }
  return true;
}

void RestartingSource::close_inner() {
  if (!inner_) return;
  inner_->stop();
  inner_.reset();
}

// The attempt is over; the next one follows after a pause.
void RestartingSource::lose(const std::string& reason) {
  if (heard_) silent_since_ = Clock::now();
  if (heard_ && Clock::now() - opened_ >= options_.longest_pause) pause_ = options_.first_pause;
  before_ = health();
  close_inner();
  next_attempt_ = Clock::now() + pause_;
  pause_ = std::min(pause_ * 2, options_.longest_pause);
  const std::lock_guard lock(mutex_);
  health_.state = SourceState::recovering;
  health_.message = reason;
  ++health_.reconnects;
}

Result<ReadState> RestartingSource::read(SampleBlock& block, milliseconds timeout) {
  if (!inner_ && !open_inner()) {
    const auto left = std::chrono::ceil<milliseconds>(next_attempt_ - Clock::now());
    std::this_thread::sleep_for(std::clamp(left, milliseconds(0), timeout));
    return ReadState::timeout;
  }
  const auto outcome = inner_->read(block, timeout);
  if (!outcome) {
    lose(to_message(outcome.error()));
    return ReadState::timeout;
  }
  if (*outcome == ReadState::end) {
    lose(name_ + " has ended");
    return ReadState::timeout;
  }
  if (*outcome == ReadState::block) deliver(block);
  follow_health();
  return *outcome;
}

// Puts the block into the whole stream: after a restart, the time since the last sound is lost.
void RestartingSource::deliver(SampleBlock& block) {
  if (!heard_) opened_ = Clock::now();
  heard_ = true;
  std::int64_t lost = block.header.lost_before;
  if (silent_since_) {
    const double seconds = std::chrono::duration<double>(Clock::now() - *silent_since_).count();
    const auto missing = static_cast<std::int64_t>(seconds * block.header.sample_rate) - block.frames();
    lost = std::max<std::int64_t>(1, missing);  // also a short gap is one: the sound does not go on from before
    before_.lost += static_cast<std::uint64_t>(lost);
    ++before_.gaps;
    silent_since_.reset();
  }
  block.header.lost_before = lost;
  block.header.first_sample = position_ + lost;
  position_ += lost + block.frames();
}

void RestartingSource::follow_health() {
  const SourceInfo info = inner_->info();
  const SourceHealth now = inner_->health();
  const std::lock_guard lock(mutex_);
  info_ = info;
  info_.name = name_;
  const std::uint64_t reconnects = health_.reconnects;
  health_ = now;
  health_.captured += before_.captured;
  health_.lost += before_.lost;
  health_.gaps += before_.gaps;
  health_.callbacks += before_.callbacks;
  health_.reconnects = reconnects;
}

}  // namespace

std::unique_ptr<SampleSource> make_restarting_source(std::string name,
                                                     std::function<std::unique_ptr<SampleSource>()> make,
                                                     RestartOptions options) {
  return std::make_unique<RestartingSource>(std::move(name), std::move(make), options);
}

}  // namespace auscult
