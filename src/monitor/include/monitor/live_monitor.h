// The live monitor: a sample source, an analysis thread that scores, a storage thread that writes, and queues to the
// reader of the results. Thread rule: create, start, stop and the poll functions from one thread (the UI); status(),
// set_threshold(), set_gain_db() and the recording functions from any. Ownership: the monitor owns the source; hops and
// events are copies. Units: seconds of stream time, dB, u.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/sample_source.h"
#include "auscult/error.h"
#include "dsp/level_meter.h"
#include "dsp/log_mel_frontend.h"
#include "events/event.h"
#include "model/model.h"
#include "monitor/recording.h"
#include "scoring/sound_report.h"

namespace auscult {

/// Maximum number of bins of the displayed linear spectrum.
inline constexpr int kMaxBins = 513;

/// The rate in Hz at which to open a device for a model with this frontend: at least 16000, because few devices are
/// slower, and the rate conversion of an audio system is no substitute for the frontend's own.
int device_rate_for(const FrontendConfig& frontend);

enum class AlarmState {
  warming_up,  ///< not enough sound for any energy yet
  normal,
  suspicious,   ///< above the threshold, not yet confirmed
  alarm,        ///< an event is active
  not_running,  ///< the machine is off: scores are not judged
  demo,         ///< the demo model on a live device: energies are drawn, scores are not judged
  no_signal,    ///< no samples arrive
};
const char* to_string(AlarmState state);

/// All results of one hop (about 32 ms); plain data, copied through a bounded queue. About 4.4 kB.
struct LiveHop {
  std::int64_t frame = 0;
  double time_s = 0.0;          ///< stream time at the end of the frame
  std::int64_t gap_before = 0;  ///< model-rate samples lost before this frame; 0: none
  Level level;                  ///< since the previous hop
  double fused = 0.0;           ///< live fused score (u)
  AlarmState state = AlarmState::warming_up;
  int n_detectors = 0;
  struct Trace {
    bool fresh = false;  ///< a new value at this hop; otherwise the latest one is repeated
    double energy = 0.0, dagmm = 0.0, u = 0.0;
  };
  std::array<Trace, kMaxDetectors> traces{};
  int n_mels = 0, n_bins = 0;
  int n_why = 0;                            ///< n_mels, or 0 before the first energy
  std::array<float, kMaxMels> why{};        ///< each mel bin's share in the score (Hop::why); all 0 if there is none
  std::array<float, kMaxMels> mel_db{};     ///< log-mel, dB
  std::array<float, kMaxBins> linear_db{};  ///< linear power spectrum from 0 Hz to half the rate, dB
};

/// Copies a frame's spectra into a hop. A linear spectrum of more than kMaxBins bins (n_fft > 1024) is divided into
/// groups of neighboring bins, and the loudest of each is kept, so that a narrow tone does not disappear.
void store_spectra(const FrameView& frame, LiveHop& hop);

struct LiveStatus {
  SourceInfo source;
  SourceHealth health;
  AlarmState state = AlarmState::warming_up;
  double stream_time_s = 0.0;
  double latency_s = 0.0;  ///< from capture to energy, smoothed
  double load = 0.0;       ///< share of real time that analysis takes, smoothed
  std::uint64_t frames = 0;
  std::uint64_t analyzed =
      0;  ///< sample frames of the source that were analyzed; the rest of captured waits in its ring
  std::uint64_t dropped_columns = 0;  ///< hops that the display did not fetch in time
  std::uint64_t invalid_samples = 0;  ///< non-finite or |x| > 8
  std::uint64_t events = 0;
  double threshold = 0.0;           ///< current live threshold
  bool finished = false;            ///< the source has ended and everything is scored
  std::optional<Error> error = {};  ///< why it stopped, if it failed
  std::vector<OddSound> odd = {};   ///< what is odd about the last ten seconds of input that were complete
  std::optional<Error> storage_trouble =
      {};  ///< why clips or log lines cannot be stored at present; monitoring continues
};

struct LiveOptions {
  /// Wait for the reader instead of dropping hops; only for sources that are not live (a command line reading a file).
  bool lossless = false;
  /// Folder for the events' sound (5 s before to 5 s after) as FLAC; empty: not stored.
  std::filesystem::path clip_dir;
  /// Log file, one JSON object per event; empty: none.
  std::filesystem::path event_log;
  int hop_queue = 512;              ///< hops
  std::optional<int> channel = {};  ///< of the source, from 0; overrides the model's; -1: the mean of all
  double gain_db = 0.0;             ///< added to the level of every sample before all other processing
  /// When the first sample was recorded, ms since 1970: the events of a recording have its time. Nothing: now.
  std::optional<std::int64_t> started_ms = {};
};

class LiveMonitor {
 public:
  LiveMonitor(std::shared_ptr<const Model> model, std::unique_ptr<SampleSource> source, LiveOptions options = {});
  ~LiveMonitor();  ///< stops

  /// Opens the source and starts the threads. Errors: the source's.
  Status start();
  /// Ends the threads. An active event is ended and stored. If one write takes longer than 3 s, the disk counts as hung
  /// and the storage thread is abandoned.
  void stop();

  /// The next hop, oldest first; false if there is none.
  bool poll(LiveHop& hop);
  /// The next event, when it begins (ended is false) and when it has ended; none is dropped. The reader fills in its
  /// run and the name of the model.
  bool poll_event(Event& event);
  LiveStatus status() const;
  /// The live threshold (u), effective from the next hop.
  void set_threshold(double threshold);
  /// Effective from the next block.
  void set_gain_db(double gain_db);
  int channel() const;  ///< in use; -1: the mean of all
  const Model& model() const;

  /// Records the frontend's input (one channel, the model's rate) from now on, as clips of ten seconds in `folder`,
  /// which is created if necessary. Nothing here touches the disk: the storage thread writes. If that fails (a full
  /// disk, a folder that cannot be created), the recording ends with recording().error, and monitoring continues.
  void start_recording(const std::filesystem::path& folder);
  /// Returns at once; recording().state is `finished` when the last clip is on the disk.
  void stop_recording();
  RecordingStatus recording() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
