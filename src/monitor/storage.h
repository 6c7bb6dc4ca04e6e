// What the live monitor writes to the disk: lines of the event log, events' sound, recordings. A thread of its own does
// it, one step after the other; a step that fails or throws is trouble to be shown, and the next one is done. Where the
// disk hangs, stop() leaves the thread behind. Thread rule: start() and stop() from one thread; the rest from any, and
// nothing of it waits for the disk. Ownership: the thread shares all that it touches with this object. Internal to the
// module.
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

/// What a step writes; trouble is kept for each of them until one of its steps succeeds.
enum class StorageKind { log, clip, recording };

class Storage {
 public:
  using Step = std::function<Status()>;

  /// `event_log` and `clip_dir` may be empty: nothing of that kind is kept. `sample_rate`: Hz, of all sound.
  Storage(std::filesystem::path event_log, std::filesystem::path clip_dir, int sample_rate);
  ~Storage();  ///< stops

  Status start();
  /// Waits until all that was posted is stored, as long as one step takes no more than `patience`. False: the disk
  /// hangs, and the thread was left behind. Idempotent.
  bool stop(std::chrono::milliseconds patience = std::chrono::seconds(3));

  void append(Event event);  ///< to the log
  void write_clip(std::filesystem::path path, std::vector<float> samples);
  void post(StorageKind kind, Step step);
  SoundRecorder& recorder();

  /// Why something could not be stored; nothing while all is stored.
  std::optional<Error> trouble() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  Worker worker_{"storage"};
};

}  // namespace auscult
