#include "portaudio_source_callback.h"

#include <chrono>

#include <portaudio.h>

namespace auscult {

std::int64_t steady_now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int capture_callback(const void* input, void*, unsigned long frames, const PaStreamCallbackTimeInfo*, unsigned long,
                     void* user) {
  auto& session = *static_cast<CaptureSession*>(user);
  const std::int64_t now = steady_now_ns();
  const auto count = static_cast<std::int64_t>(frames);
  if (input) {
    session.ring.write(static_cast<const float*>(input), count, now);
  } else {
    session.ring.mark_lost(count);
  }
  const std::int64_t before = session.last_callback_ns.load(std::memory_order_relaxed);
  if (before != 0 && now - before > session.longest_gap_ns.load(std::memory_order_relaxed)) {
    session.longest_gap_ns.store(now - before, std::memory_order_relaxed);
  }
  session.last_callback_ns.store(now, std::memory_order_release);
  session.callbacks.fetch_add(1, std::memory_order_relaxed);
  return paContinue;
}

void capture_finished(void* user) {
  static_cast<CaptureSession*>(user)->finished.store(true, std::memory_order_release);
}

}  // namespace auscult
