// What the audio callback touches: one session per opened stream. Internal to the audio module (and its tests). Each
// stream has a separate session and ring, because a callback whose stream hung while closing may resume after another
// stream was opened, and must not write to the new one's ring. Thread rule: capture_callback() on PortAudio's thread
// writes; everything else reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "audio/capture_ring.h"

struct PaStreamCallbackTimeInfo;

namespace auscult {

struct CaptureSession {
  CaptureSession(double ring_seconds, int rate, int channel_count, int frames_per_block)
      : ring(static_cast<std::int64_t>(ring_seconds * rate), channel_count, frames_per_block),
        sample_rate(rate),
        channels(channel_count),
        block_frames(frames_per_block) {}

  CaptureRing ring;
  const int sample_rate;
  const int channels;
  const int block_frames;
  std::atomic<std::uint64_t> callbacks{0};
  std::atomic<std::int64_t> last_callback_ns{0};  ///< steady clock; 0: none yet
  std::atomic<std::int64_t> longest_gap_ns{0};    ///< between two callbacks
  std::atomic<bool> finished{false};              ///< PortAudio ended the stream by itself
};

/// ns of the steady clock.
std::int64_t steady_now_ns() noexcept;

/// A PaStreamCallback; `session` is a CaptureSession. Copies, stamps and counts: no allocation, lock or system call.
int capture_callback(const void* input, void* output, unsigned long frames, const PaStreamCallbackTimeInfo* time,
                     unsigned long flags, void* session);

/// A PaStreamFinishedCallback.
void capture_finished(void* session);

}  // namespace auscult
