// Sound without hardware: a private PulseAudio server with a null sink named "vs". What is played into the sink can be
// captured through ALSA's "default" device, and what is played on that device goes into the sink. It has a separate
// home, run-time folder and socket, so it touches no other sound server. Test-only; each object owns its server
// process.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "support/files.h"
#include "support/process.h"

namespace auscult::test {

class PulseNullSink {
 public:
  /// True if pulseaudio and paplay are installed.
  static bool available();

  /// Starts the server and waits until it answers. Throws std::runtime_error if it does not.
  explicit PulseNullSink(int sample_rate = 16000, int channels = 1);

  /// ALSA_CONFIG_PATH and PULSE_SERVER, for child processes.
  Environment environment() const;
  /// The same for this process; before its first use of ALSA.
  void use_in_this_process() const;

  /// Plays a WAV file into the sink, in the background.
  std::unique_ptr<BackgroundProcess> play(const std::filesystem::path& wav) const;

  void freeze();   ///< SIGSTOP: connections stay, nothing answers
  void thaw();     ///< SIGCONT
  void kill();     ///< SIGKILL: connections break
  void restart();  ///< a new server on the same socket, after kill()

 private:
  void launch();
  bool answers() const;

  int sample_rate_, channels_;
  TempDir folder_;
  std::unique_ptr<BackgroundProcess> server_;  // after folder_: it ends before its folder goes
};

}  // namespace auscult::test

/// Skips the current test with a message if PulseAudio is not installed.
#define AUSCULT_REQUIRE_PULSE() \
  if (!::auscult::test::PulseNullSink::available()) GTEST_SKIP() << "pulseaudio or paplay is not installed"
