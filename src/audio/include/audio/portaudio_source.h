// A microphone through PortAudio. The callback only copies samples into a lock-free ring, stamps and counts them; a
// device-controller thread makes all other PortAudio calls, checks that samples arrive and reconnects. Thread rule: as
// SampleSource. list_input_devices() rescans and must not run in a process with a live stream: use a short-lived child
// process (`auscult devices --json`).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audio/sample_source.h"

namespace auscult {

struct InputDevice {
  std::string name;      ///< as accepted by --device
  std::string host_api;  ///< "ALSA", "JACK", ...
  int max_channels = 0;
  double default_sample_rate = 0.0;  ///< Hz
  double default_latency = 0.0;      ///< s
  bool is_default = false;
};

/// Errors: device_unavailable if PortAudio cannot start. An empty list is a valid result.
Result<std::vector<InputDevice>> list_input_devices();

struct PortAudioOptions {
  std::string device;   ///< exact name, else a unique part of it; empty: the default input
  int sample_rate = 0;  ///< Hz; 0: chosen by lowest_rate
  /// Hz, the rate that the model needs. The device is opened at this rate if it supports that, else at its default
  /// rate, or at a common rate above if the default rate is lower.
  int lowest_rate = 16000;
  int channels = 0;  ///< 0: all that the device has, at most 8; 2 if it converts to any number ("default", "pulse")
  double ring_seconds = 10;  ///< at least 8
};

/// Several may run at once. While others run, a device is opened as it was listed when the first one started, because a
/// new list would end their streams; one that was plugged in later is found when no other runs. A device that
/// disappears is searched for by name until stop(). Meanwhile read() times out, and the first block afterward carries
/// the missing time as lost_before, possibly with another sample rate.
std::unique_ptr<SampleSource> make_portaudio_source(const PortAudioOptions& options = {});

/// True if stop() abandoned a thread that hangs inside the audio system: save, then exit by std::_Exit.
bool portaudio_hangs();

}  // namespace auscult
