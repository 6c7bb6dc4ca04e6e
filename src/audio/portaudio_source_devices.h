// PortAudio as a library: safe and quiet startup, listing and finding input devices. Internal to the audio module.
// Thread rule: every call on the thread that made the PortAudioLibrary, with portaudio_mutex() held.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "audio/portaudio_source.h"

namespace auscult {

/// A recursive_timed_mutex built from primitives that ThreadSanitizer understands (GCC 12's does not know
/// pthread_mutex_clocklock).
class PortAudioMutex {
 public:
  void lock();
  bool try_lock_for(std::chrono::milliseconds time);
  void unlock();

 private:
  bool free_for(std::thread::id thread) const { return depth_ == 0 || owner_ == thread; }
  std::mutex mutex_;
  std::condition_variable freed_;
  std::thread::id owner_;
  int depth_ = 0;
};

/// PortAudio is one global library that is not thread-safe: capture and playback hold this for every call except
/// queries of their own stream. A holder may hang forever, so never wait for it without a deadline unless nobody waits
/// for you.
PortAudioMutex& portaudio_mutex();

/// Incremented when the capture needs a fresh list of devices, for which every other stream has to be closed.
std::atomic<int>& portaudio_rescans();

/// RAII wrapper of Pa_Initialize and Pa_Terminate.
class PortAudioLibrary {
 public:
  /// Refuses configurations that would make PortAudio abort the program. Errors: device_unavailable.
  static Result<PortAudioLibrary> open();
  ~PortAudioLibrary();
  PortAudioLibrary(PortAudioLibrary&& other) noexcept;
  PortAudioLibrary& operator=(PortAudioLibrary&&) = delete;

 private:
  PortAudioLibrary() = default;
  bool open_ = false;
};

struct IndexedDevice {
  int index = -1;  ///< PortAudio's, valid until it is terminated
  InputDevice device;
};

/// The devices that can capture, in PortAudio's order. Needs an open library.
std::vector<IndexedDevice> input_devices();

/// The device meant by `name`: the exact name, the name without its card number ("(hw:1,0)"; it changes when a device
/// is plugged in again), or the only one that contains it (in any case); empty: the default input. Errors:
/// device_unavailable, with a hint that lists the devices.
Result<IndexedDevice> find_device(const std::vector<IndexedDevice>& devices, const std::string& name);

}  // namespace auscult
