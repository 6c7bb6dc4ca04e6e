// The single-producer single-consumer ring between the audio callback and the analysis thread: wait-free, with fixed
// memory. Each block carries its position in the stream, so that gaps are placed correctly. Thread rule: write() from
// one thread (the callback: no allocation, lock or system call), read() from one other.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "audio/sample_source.h"

namespace auscult {

class CaptureRing {
 public:
  /// Room for at least `frames` sample frames of `channels` channels in blocks of at most `block_frames`. The counts of
  /// blocks begin at `first_block`: for tests of what a year of sound reaches.
  CaptureRing(std::int64_t frames, int channels, int block_frames, std::uint64_t first_block = 0);
  ~CaptureRing();

  /// Producer. Copies `frames` sample frames (split into blocks as needed). What does not fit is counted as lost, and
  /// the next block that fits carries the count. Returns the number of frames stored.
  std::int64_t write(const float* interleaved, std::int64_t frames, std::int64_t time_ns) noexcept;
  /// Producer. Marks sample frames that never arrived (detected by the clock): the next block carries them as lost.
  void mark_lost(std::int64_t frames) noexcept;

  /// Consumer. False if the ring is empty. Does not set `block.header.sample_rate`.
  bool read(SampleBlock& block);

  double fill() const noexcept;  ///< 0-1, any thread
  std::uint64_t captured() const noexcept;
  std::uint64_t lost() const noexcept;
  std::uint64_t gaps() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
