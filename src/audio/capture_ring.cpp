#include "audio/capture_ring.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace auscult {
namespace {
constexpr std::size_t kCacheLine = 64;
}

struct CaptureRing::Impl {
  struct Slot {
    std::int64_t first_sample = 0;
    std::int64_t time_ns = 0;
    std::int64_t lost_before = 0;
    std::int64_t frames = 0;
  };

  int channels = 1;
  std::int64_t block_frames = 1;
  std::vector<Slot> slots;
  std::vector<float> samples;  // slots.size() blocks of block_frames * channels

  // Counts of blocks ever written and read; a slot is the count modulo the number of slots. Each is stored by only one
  // thread.
  alignas(kCacheLine) std::atomic<std::uint64_t> written{0};
  alignas(kCacheLine) std::atomic<std::uint64_t> taken{0};

  // Used only by the producer.
  alignas(kCacheLine) std::int64_t position = 0;
  std::int64_t pending_lost = 0;
  std::atomic<std::uint64_t> captured{0}, lost{0}, gaps{0};

  float* block(std::uint64_t index) {
    return samples.data() +
           static_cast<std::size_t>((index % slots.size()) * static_cast<std::uint64_t>(block_frames * channels));
  }
};

CaptureRing::CaptureRing(std::int64_t frames, int channels, int block_frames, std::uint64_t first_block)
    : impl_(std::make_unique<Impl>()) {
  impl_->written = impl_->taken = first_block;
  impl_->channels = std::max(channels, 1);
  impl_->block_frames = std::max(block_frames, 1);
  const auto slots = (std::max<std::int64_t>(frames, 1) + impl_->block_frames - 1) / impl_->block_frames;
  impl_->slots.resize(static_cast<std::size_t>(slots));
  // Writing every sample once maps the memory now, so that the callback causes no page fault.
  impl_->samples.assign(static_cast<std::size_t>(slots * impl_->block_frames * impl_->channels), 0.0f);
}

CaptureRing::~CaptureRing() = default;

std::int64_t CaptureRing::write(const float* interleaved, std::int64_t frames, std::int64_t time_ns) noexcept {
  Impl& ring = *impl_;
  std::int64_t kept = 0;
  std::uint64_t written = ring.written.load(std::memory_order_relaxed);
  while (kept < frames && written - ring.taken.load(std::memory_order_acquire) < ring.slots.size()) {
    const std::int64_t n = std::min(frames - kept, ring.block_frames);
    std::memcpy(ring.block(written), interleaved + kept * ring.channels,
                static_cast<std::size_t>(n * ring.channels) * sizeof(float));
    ring.slots[written % ring.slots.size()] = {ring.position + ring.pending_lost, time_ns, ring.pending_lost, n};
    ring.position += ring.pending_lost + n;
    ring.pending_lost = 0;
    kept += n;
    ring.written.store(++written, std::memory_order_release);
  }
  ring.captured.fetch_add(static_cast<std::uint64_t>(kept), std::memory_order_relaxed);
  mark_lost(frames - kept);
  return kept;
}

void CaptureRing::mark_lost(std::int64_t frames) noexcept {
  if (frames <= 0) return;
  if (impl_->pending_lost == 0) impl_->gaps.fetch_add(1, std::memory_order_relaxed);
  impl_->pending_lost += frames;
  impl_->lost.fetch_add(static_cast<std::uint64_t>(frames), std::memory_order_relaxed);
}

bool CaptureRing::read(SampleBlock& block) {
  Impl& ring = *impl_;
  const std::uint64_t taken = ring.taken.load(std::memory_order_relaxed);
  if (taken == ring.written.load(std::memory_order_acquire)) return false;
  const Impl::Slot& slot = ring.slots[taken % ring.slots.size()];
  const float* samples = ring.block(taken);
  block.header.first_sample = slot.first_sample;
  block.header.time_ns = slot.time_ns;
  block.header.lost_before = slot.lost_before;
  block.header.channels = ring.channels;
  block.interleaved.assign(samples, samples + slot.frames * ring.channels);
  ring.taken.store(taken + 1, std::memory_order_release);
  return true;
}

double CaptureRing::fill() const noexcept {
  const std::uint64_t taken = impl_->taken.load(std::memory_order_acquire);
  const std::uint64_t written = impl_->written.load(std::memory_order_acquire);
  const double fill = static_cast<double>(written - taken) / static_cast<double>(impl_->slots.size());
  return std::min(fill, 1.0);
}

std::uint64_t CaptureRing::captured() const noexcept {
  return impl_->captured.load(std::memory_order_relaxed);
}

std::uint64_t CaptureRing::lost() const noexcept {
  return impl_->lost.load(std::memory_order_relaxed);
}

std::uint64_t CaptureRing::gaps() const noexcept {
  return impl_->gaps.load(std::memory_order_relaxed);
}

}  // namespace auscult
