// Plays a sound file, or samples, on the default output through PortAudio: a stream, a ring and a callback of its own,
// never those of a capture. A thread of its own makes every PortAudio call, so that nobody waits for the audio system;
// when the capture has to look for a lost device, playing ends. Rates that the output does not take are converted by
// straight lines between samples: good enough to listen to. Thread rule: every function from any thread; none waits,
// except close() and the destructor, at most 2 s.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "auscult/error.h"
#include "base/worker.h"

namespace auscult {

enum class PlayState {
  idle,  ///< nothing was asked for, or it was stopped
  opening,
  playing,
  finished,  ///< all of it was heard
  failed,    ///< see error
};
const char* to_string(PlayState state);

struct PlayerStatus {
  PlayState state = PlayState::idle;
  std::filesystem::path path;   ///< empty for samples
  double position_s = 0.0;      ///< in the sound, what is being heard now
  double duration_s = 0.0;      ///< 0: unknown
  std::uint64_t underruns = 0;  ///< times that the output had to be given silence because reading was too slow
  std::optional<Error> error;   ///< device_unavailable when there is no output, device_lost, or the file's
};

class Player {
 public:
  Player();
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// Plays from `from_s` on, instead of what is being played.
  void start(std::filesystem::path path, double from_s = 0.0);
  /// Interleaved samples in [-1, 1].
  void start(std::vector<float> samples, int sample_rate, int channels, double from_s = 0.0);
  void stop();

  PlayerStatus status() const;
  double position() const { return status().position_s; }
  bool finished() const { return status().state == PlayState::finished; }

  /// Ends playing and the thread; false when the audio system hangs and the thread was left behind. Idempotent.
  bool close(std::chrono::milliseconds patience = std::chrono::seconds(2));

 private:
  struct Shared;
  void wake();  ///< starts the thread if need be

  std::shared_ptr<Shared> shared_;
  Worker worker_{"player"};  // started under the mutex of Shared
};

}  // namespace auscult
