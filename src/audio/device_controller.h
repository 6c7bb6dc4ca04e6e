// The one thread that makes PortAudio calls for the live source: it opens the device, checks that samples arrive, and
// searches for the device after it has disappeared. PortAudio calls can hang forever (a frozen sound server), so every
// wait for this thread has a deadline: a hung thread is abandoned, with everything it may still touch. Internal to the
// audio module. Thread rule: start() and stop() from one thread; the rest from any thread.
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
  /// Closes it, or abandons the thread after 2.5 s. Idempotent.
  void stop();

  /// The stream opened last; a new one after each recovery. The previous one gets no more samples once this returns
  /// another.
  std::shared_ptr<CaptureSession> session() const;
  SourceInfo info() const;
  /// State, message, captured, callbacks, reconnects, callback gap; the reader adds losses and ring.
  SourceHealth health() const;

  /// True while an abandoned, hung thread holds PortAudio.
  static bool left_behind();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Worker worker_{"microphone"};
};

}  // namespace auscult
