// What the output callback touches: one session per opened stream. Internal to the audio module (and its tests).
// Thread rule: play_callback() on PortAudio's thread takes from the ring; the player's thread fills it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <boost/lockfree/spsc_queue.hpp>

struct PaStreamCallbackTimeInfo;

namespace auscult {

struct PlaySession {
  PlaySession(std::size_t ring_frames, int channel_count)
      : ring(ring_frames * static_cast<std::size_t>(channel_count)), channels(channel_count) {}

  boost::lockfree::spsc_queue<float> ring;  ///< interleaved; whole frames go in
  const int channels;
  std::atomic<bool> all_in{false};       ///< nothing more will be written to the ring
  std::atomic<std::uint64_t> played{0};  ///< sample frames handed to the output
  std::atomic<std::uint64_t> underruns{0};
  std::atomic<std::uint64_t> callbacks{0};
};

/// A PaStreamCallback; `session` is a PlaySession. Copies and counts: no allocation, lock or system call. Plays silence
/// if the ring is empty: a stream that ends by itself (paComplete) cuts off the last tenth of a second (measured with
/// ALSA on PulseAudio).
int play_callback(const void* input, void* output, unsigned long frames, const PaStreamCallbackTimeInfo* time,
                  unsigned long flags, void* session);

}  // namespace auscult
