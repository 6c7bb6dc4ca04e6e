#include "player_session.h"

#include <algorithm>

#include <portaudio.h>

namespace auscult {

int play_callback(const void*, void* output, unsigned long frames, const PaStreamCallbackTimeInfo*, unsigned long,
                  void* user) {
  auto& session = *static_cast<PlaySession*>(user);
  auto* samples = static_cast<float*>(output);
  const std::size_t wanted = static_cast<std::size_t>(frames) * static_cast<std::size_t>(session.channels);
  const bool all_in =
      session.all_in.load(std::memory_order_acquire);  // before the ring: what is in it now is then all that remains
  const std::size_t got = session.ring.pop(samples, wanted);
  std::fill(samples + got, samples + wanted, 0.0F);
  session.played.fetch_add(got / static_cast<std::size_t>(session.channels), std::memory_order_relaxed);
  session.callbacks.fetch_add(1, std::memory_order_release);
  if (got < wanted && !all_in) session.underruns.fetch_add(1, std::memory_order_relaxed);
  return paContinue;
}

}  // namespace auscult
