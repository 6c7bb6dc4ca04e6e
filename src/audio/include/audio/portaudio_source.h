// A microphone through PortAudio. The callback copies samples into a lock-free ring, stamps and counts them, and does
// nothing else; a device-controller thread makes every other PortAudio call, watches that samples arrive and
// reconnects. Thread rule: as SampleSource. list_input_devices() must not run in a process with a live stream (it
// rescans): use a short-lived child (`auscult devices --json`).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audio/sample_source.h"

namespace auscult {

struct InputDevice {
  std::string name;      ///< what --device takes
  std::string host_api;  ///< "ALSA", "JACK", ...
  int max_channels = 0;
  double default_sample_rate = 0.0;  ///< Hz
  double default_latency = 0.0;      ///< s
  bool is_default = false;
};

/// Errors: device_unavailable when PortAudio cannot start. An empty list is a valid answer.
Result<std::vector<InputDevice>> list_input_devices();

struct PortAudioOptions {
  std::string device;   ///< exact name, else a unique part of it; empty: the default input
  int sample_rate = 0;  ///< Hz; 0: 16000 where the device takes it, else its default rate
  int channels = 0;     ///< 0: all the device has, at most 8; 2 where it converts to any number ("default", "pulse")
  double ring_seconds = 10;  ///< at least 8
};

/// One at a time in a process. A device that goes away is looked for by its name until stop(); read() times out
/// meanwhile, and the first block afterwards carries the time away as lost_before, perhaps with another sample rate.
std::unique_ptr<SampleSource> make_portaudio_source(const PortAudioOptions& options = {});

/// True while a thread that hangs inside the audio system was left behind by stop(): save, then leave by std::_Exit.
bool portaudio_hangs();

}  // namespace auscult
