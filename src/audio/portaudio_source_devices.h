// PortAudio as a library: started safely and quietly, its input devices listed and found. Internal to the audio module.
// Thread rule: one PortAudioLibrary at a time in a process, and every call on the thread that made it.
#pragma once

#include "auscult/audio/portaudio_source.h"

#include <optional>
#include <string>
#include <vector>

namespace auscult {

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
