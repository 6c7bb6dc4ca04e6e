// What the audio callback touches: one session per opened stream. Internal to the audio module (and its tests).
// Each opened stream has a session and ring of its own, because the callback of a stream whose close hangs may come
// back to life after another stream was opened; it must not write where the new one writes. Thread rule:
// capture_callback() on PortAudio's thread writes; everything else reads.
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
