// Sound without hardware: a private PulseAudio server, or PipeWire with its Pulse server, with a null sink named "vs".
// What is played into the sink can be captured through ALSA's "default" device, and what is played on that device goes
// into the sink. It has a separate home, run-time folder and socket, so it touches no other sound server. Test-only;
// each object owns its server process.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "support/files.h"
#include "support/process.h"

namespace auscult::test {

/// What serves the sound.
enum class SoundServer {
  pulseaudio,
  pipewire,  ///< with pipewire-pulse, and WirePlumber on a message bus of its own
};

class PulseNullSink {
 public:
  /// Empty if the server and paplay are installed, else what is missing.
  static std::string missing(SoundServer server = SoundServer::pulseaudio);

  /// Starts the server and waits until it answers. Throws std::runtime_error if it does not. Without `server`:
  /// PulseAudio, or what AUSCULT_SOUND_SERVER says (pipewire).
  explicit PulseNullSink(int sample_rate = 16000, int channels = 1, std::optional<SoundServer> server = {});

  /// ALSA_CONFIG_PATH and PULSE_SERVER, for child processes.
  Environment environment() const;
  /// The same for this process; before its first use of ALSA.
  void use_in_this_process() const;

  /// Plays a WAV file into the sink, in the background.
  std::unique_ptr<BackgroundProcess> play(const std::filesystem::path& wav) const;

  void freeze();       ///< SIGSTOP: connections stay, nothing answers
  void thaw();         ///< SIGCONT
  void kill();         ///< SIGKILL: connections break
  void restart();      ///< a new server on the same socket, after kill()
  void remove_sink();  ///< as when a microphone is unplugged; the server goes on
  void add_sink();     ///< after remove_sink()

 private:
  void launch();
  void launch_pulseaudio();
  void launch_pipewire();
  bool answers() const;
  std::filesystem::path socket() const;
  void signal_all(int number);

  int sample_rate_, channels_;
  SoundServer kind_;
  TempDir folder_;
  std::unique_ptr<BackgroundProcess> server_;  // after folder_: it ends before its folder goes
};

}  // namespace auscult::test

/// Skips the current test with a message if PulseAudio is not installed.
#define AUSCULT_REQUIRE_PULSE() \
  if (const auto missing = ::auscult::test::PulseNullSink::missing(); !missing.empty()) GTEST_SKIP() << missing
