// Everything that the live monitor writes to the disk: lines of the event log, events' sound, recordings. A separate
// thread does it, step by step; a step that fails or throws is reported, and the next one is run. If the disk hangs,
// stop() abandons the thread. Thread rule: start() and stop() from one thread; the rest from any, and none of it waits
// for the disk. Ownership: the thread shares everything that it touches with this object. Internal to the module.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/worker.h"
#include "events/event.h"
#include "sound_recorder.h"

namespace auscult {

/// Kinds of steps. An error is kept for each kind until one of its steps succeeds.
enum class StorageKind { log, clip, recording };

class Storage {
 public:
  using Step = std::function<Status()>;

  /// `event_log` and `clip_dir` may be empty: nothing of that kind is stored. `sample_rate`: Hz, of all sound.
  Storage(std::filesystem::path event_log, std::filesystem::path clip_dir, int sample_rate);
  ~Storage();  ///< stops

  Status start();
  /// Waits until everything posted is stored, as long as no step takes longer than `patience`. False: the disk hangs,
  /// and the thread was abandoned. Idempotent.
  bool stop(std::chrono::milliseconds patience = std::chrono::seconds(3));

  void append(Event event);  ///< to the log
  /// A clip is dropped, which trouble() tells, if 15 minutes of sound would wait for the disk with it.
  void write_clip(std::filesystem::path path, std::vector<float> samples);
  void post(StorageKind kind, Step step);
  SoundRecorder& recorder();

  /// Why something could not be stored; nothing if everything was.
  std::optional<Error> trouble() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  Worker worker_{"storage"};
};

}  // namespace auscult
