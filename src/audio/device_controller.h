// The one thread that makes PortAudio calls for the live source: it opens the device, watches that samples arrive, and
// looks for the device again after it went away. PortAudio calls can hang for good (a frozen sound server), so nobody
// waits for this thread without a deadline: a hung one is left behind, with everything it may still touch.
// Internal to the audio module. Thread rule: start() and stop() from one thread; the rest from any thread.
#pragma once

#include <cstdint>
#include <memory>

#include "audio/portaudio_source.h"
#include "base/worker.h"
#include "portaudio_source_callback.h"

namespace auscult {

class DeviceController {
 public:
  explicit DeviceController(PortAudioOptions options);
  ~DeviceController();
  DeviceController(const DeviceController&) = delete;
  DeviceController& operator=(const DeviceController&) = delete;

  /// Opens the device; at most 8 s. Errors: device_unavailable.
  Status start();
  /// Closes it, or leaves the thread behind after 2.5 s. Idempotent.
  void stop();

  /// The stream opened last; a new one after each recovery. The one before gets no more samples once this returns
  /// another.
  std::shared_ptr<CaptureSession> session() const;
  SourceInfo info() const;
  /// State, message, captured, callbacks, reconnects, callback gap; losses and ring are the reader's business.
  SourceHealth health() const;

  /// True while a hung thread that was left behind holds PortAudio.
  static bool left_behind();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Worker worker_{"microphone"};
};

}  // namespace auscult
