// Plays a sound file, or samples, on the default output through PortAudio, with a stream, ring and callback separate
// from those of a capture. A dedicated thread makes every PortAudio call, so that nobody waits for the audio system.
// When the capture has to search for a lost device, playback ends. Rates that the output does not support are converted
// by linear interpolation, which is good enough for listening. Thread rule: every function from any thread; none waits,
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
  idle,  ///< nothing was requested, or playback was stopped
  opening,
  playing,
  finished,  ///< everything was played
  failed,    ///< see error
};
const char* to_string(PlayState state);

struct PlayerStatus {
  PlayState state = PlayState::idle;
  std::filesystem::path path;   ///< empty for samples
  double position_s = 0.0;      ///< playback position in the sound
  double duration_s = 0.0;      ///< 0: unknown
  std::uint64_t underruns = 0;  ///< how often the output got silence because reading was too slow
  std::optional<Error> error;   ///< device_unavailable if there is no output, device_lost, or the file's
};

class Player {
 public:
  Player();
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// Plays from `from_s`, instead of the current sound.
  void start(std::filesystem::path path, double from_s = 0.0);
  /// Interleaved samples in [-1, 1].
  void start(std::vector<float> samples, int sample_rate, int channels, double from_s = 0.0);
  void stop();

  PlayerStatus status() const;
  double position() const { return status().position_s; }
  bool finished() const { return status().state == PlayState::finished; }

  /// Ends playback and the thread; false if the audio system hangs and the thread was abandoned. Idempotent.
  bool close(std::chrono::milliseconds patience = std::chrono::seconds(2));

 private:
  struct Shared;
  void wake();  ///< starts the thread if necessary

  std::shared_ptr<Shared> shared_;
  Worker worker_{"player"};  // started under the mutex of Shared
};

}  // namespace auscult
