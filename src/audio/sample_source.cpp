#include "audio/sample_source.h"

#include <thread>

#include "sample_source_paced.h"

namespace auscult {

const char* to_string(SourceState state) {
  switch (state) {
    case SourceState::stopped:
      return "stopped";
    case SourceState::starting:
      return "starting";
    case SourceState::running:
      return "running";
    case SourceState::silent:
      return "silent";
    case SourceState::recovering:
      return "recovering";
    case SourceState::failed:
      return "failed";
    case SourceState::ended:
      return "ended";
  }
  return "stopped";
}

namespace audio {

using Clock = std::chrono::steady_clock;

Status PacedSource::start() {
  auto opened = open();
  const std::lock_guard lock(mutex_);
  health_ = {};
  if (!opened) {
    health_.state = SourceState::failed;
    health_.message = opened.error().what;
    return tl::unexpected<Error>(std::move(opened).error());
  }
  info_ = std::move(*opened);
  health_.state = SourceState::starting;
  position_ = 0;
  waiting_ = false;
  started_ = Clock::now();
  return {};
}

Result<ReadState> PacedSource::read(SampleBlock& block, std::chrono::milliseconds timeout) {
  const SourceState state = health().state;
  if (state == SourceState::ended) return ReadState::end;
  if (state != SourceState::starting && state != SourceState::running)
    return fail(ErrorCode::internal, "the source was read without being started", info().name);
  if (!waiting_) {
    Result<std::int64_t> frames = fill(next_);
    if (!frames || *frames == 0) return finish(std::move(frames));
    waiting_ = true;
  }
  if (!wait_until_due(timeout)) return ReadState::timeout;
  deliver(block);
  return ReadState::block;
}

// A sample recorded at time t can be read after t, so a block is due when its last sample is. Always computed from the
// start, so that one sleep compensates for the overrun of the previous one.
bool PacedSource::wait_until_due(std::chrono::milliseconds timeout) const {
  if (!pacing_.realtime) return true;
  const double seconds =
      static_cast<double>(position_ + next_.header.lost_before + next_.frames()) / info_.sample_rate / pacing_.speed;
  const auto due = started_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  const auto deadline = Clock::now() + timeout;
  std::this_thread::sleep_until(std::min(due, deadline));
  return due <= deadline;
}

void PacedSource::deliver(SampleBlock& block) {
  std::swap(block, next_);
  waiting_ = false;
  block.header.first_sample = position_ + block.header.lost_before;
  block.header.time_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  position_ = block.header.first_sample + block.frames();
  const std::lock_guard lock(mutex_);
  health_.state = SourceState::running;
  health_.captured += static_cast<std::uint64_t>(block.frames());
  health_.lost += static_cast<std::uint64_t>(block.header.lost_before);
  health_.gaps += block.header.lost_before > 0 ? 1 : 0;
}

Result<ReadState> PacedSource::finish(Result<std::int64_t> last) {
  const std::lock_guard lock(mutex_);
  health_.state = last ? SourceState::ended : SourceState::failed;
  if (last) return ReadState::end;
  health_.message = last.error().what;
  return tl::unexpected<Error>(std::move(last).error());
}

void PacedSource::stop() {
  close();
  const std::lock_guard lock(mutex_);
  health_.state = SourceState::stopped;
}

SourceInfo PacedSource::info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

SourceHealth PacedSource::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace audio
}  // namespace auscult
