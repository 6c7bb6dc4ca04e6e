// Monitors a microphone, or a recording as if it were one, and reports events. Thread rule: create, start, poll and
// stop from one thread; internal threads capture, score and store. Units: seconds of stream time, Hz.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "auscult/error.h"
#include "auscult/event.h"
#include "auscult/model.h"

namespace auscult {

struct MonitorOptions {
  std::filesystem::path
      clip_dir;  ///< folder for each event's sound (5 s before to 5 s after), as FLAC; empty: not stored
  std::filesystem::path event_log;  ///< log to which each event is appended, one JSON object per line; empty: none
  std::optional<double> threshold = std::nullopt;  ///< on the live anomaly score, instead of the model's
  std::optional<int> channel =
      std::nullopt;  ///< of the source, from 0, or -1 for the mean of all; the model's by default
};

struct MonitorStatus {
  double stream_time_s = 0.0;
  double score = 0.0;  ///< latest live anomaly score
  std::uint64_t hops = 0;
  std::uint64_t events = 0;
  bool finished = false;       ///< the source has ended and is completely scored
  std::optional<Error> error;  ///< why it stopped, if it failed
};

class SoundMonitor {
 public:
  /// `device`: part of its name; empty: the default input.
  static SoundMonitor on_microphone(std::shared_ptr<const Model> model, const std::string& device = {},
                                    const MonitorOptions& options = {});
  /// Runs as fast as it can be scored.
  static SoundMonitor on_recording(std::shared_ptr<const Model> model, const std::filesystem::path& path,
                                   const MonitorOptions& options = {});
  ~SoundMonitor();  ///< stops
  SoundMonitor(SoundMonitor&&) noexcept;
  SoundMonitor& operator=(SoundMonitor&&) noexcept;

  /// Opens the source and starts the threads. Errors: device_unavailable, file_not_found, not_audio.
  Status start();
  /// The next event, oldest first; nothing if there is none. Call it often: it also fetches the scores of a recording.
  std::optional<MonitorEvent> poll();
  MonitorStatus status() const;
  /// Ends the threads; an active event ends and can still be polled.
  void stop();

 private:
  struct Impl;
  explicit SoundMonitor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
