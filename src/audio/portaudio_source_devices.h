// PortAudio as a library: started safely and quietly, its input devices listed and found. Internal to the audio module.
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

/// A recursive_timed_mutex made of parts that ThreadSanitizer understands (GCC 12 does not see
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

/// PortAudio is one global library that is not made for several threads: capture and playback hold this for every call
/// but looks at their own stream. Whoever holds it may hang in it for good: never wait for it without a deadline,
/// except where nobody waits for you.
PortAudioMutex& portaudio_mutex();

/// Grows when the capture needs the devices listed afresh, for which every other stream has to be closed.
std::atomic<int>& portaudio_rescans();

/// Pa_Initialize and Pa_Terminate as an object.
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

/// The device meant by `name`: the exact name, the name but for its card number ("(hw:1,0)"; it changes when a device
/// is plugged in again), else the only one that contains it (any case); empty: the default input. Errors:
/// device_unavailable, with a hint listing what there is.
Result<IndexedDevice> find_device(const std::vector<IndexedDevice>& devices, const std::string& name);

}  // namespace auscult
