// Many sources at once, each with its own model and monitor: what `auscult serve` runs. Thread rule: apply(), poll()
// and stop() from one thread (the service's); reports() and seconds_since_poll() from any. Ownership: the fleet owns
// the monitors; models are shared by the sources that name the same file.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audio/restarting_source.h"
#include "events/event.h"
#include "monitor/live_monitor.h"
#include "service/service_config.h"

namespace auscult {

class DriftWatch;
struct Model;

/// Upper bounds of the latency histogram, in seconds; a last bucket has the rest.
inline constexpr std::array<double, 8> kLatencyBounds = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0};

/// How long after a source's samples its energies were known, counted once a second.
struct LatencyHistogram {
  std::array<std::uint64_t, kLatencyBounds.size() + 1> counts{};
  double sum_s = 0.0;
  void add(double seconds);
  std::uint64_t total() const;
};

/// What one source does now.
struct SourceReport {
  std::string name, model;
  AlarmState state = AlarmState::warming_up;
  SourceState source = SourceState::stopped;
  std::string message;  ///< why there is no sound, or no analysis; else empty
  std::uint64_t captured = 0, analyzed = 0, lost = 0, gaps = 0, invalid = 0, events = 0;  ///< since the service began
  std::uint64_t reconnects = 0;  ///< attempts to open the source again
  std::uint64_t restarts = 0;    ///< of its analysis, after an error
  int sample_rate = 0;           ///< Hz
  double stream_time_s = 0.0;
  double score = 0.0, threshold = 0.0;  ///< u
  double level_dbfs = 0.0;
  double load = 0.0;          ///< share of real time that analysis takes
  double ring_fill = 0.0;     ///< 0-1
  std::uint64_t pending = 0;  ///< captured, not yet analyzed sample frames
  LatencyHistogram latency;
  double drift = 0.0;     ///< evidence of a slow change, 0-1: 1 reports it
  bool drifted = false;   ///< a slow change was reported and goes on
  bool quiet = false;     ///< in its quiet hours
  bool finished = false;  ///< a recording that has ended
};

/// A source's event, when it begins and when it has ended.
struct SourceEvent {
  std::string source;
  Event event;
  bool quiet = false;    ///< it began in the source's quiet hours: nobody is notified
  std::string on_event;  ///< the source's command
};

struct FleetOptions {
  std::filesystem::path clips = {};  ///< folder of the events' sound, one folder a source; empty: not stored
  std::filesystem::path drift = {};  ///< folder of what is known about slow changes; empty: they are not watched
  RestartOptions restart = {};       ///< of sources
  std::chrono::milliseconds analysis_pause = std::chrono::seconds(10);  ///< before an analysis that failed starts again
};

/// What a new configuration changed, by name.
struct FleetChange {
  std::vector<std::string> started, stopped, restarted, unchanged;
};

/// Loads the models of a configuration and returns their number. Errors: those of load_model; model_mismatch if a
/// source promises false alarms per hour and its model does not know rates.
Result<std::size_t> check_models(const ServiceConfig& config);

class Fleet {
 public:
  using EventSink = std::function<void(const SourceEvent&)>;

  Fleet(FleetOptions options, EventSink on_event);
  ~Fleet();  ///< stops
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Starts what is new, stops what is gone, and restarts what has changed, also if a model's file has; a source that
  /// stays as it is loses no sample. Errors: those of check_models() for the first model that cannot be used; nothing
  /// has changed then.
  Result<FleetChange> apply(const ServiceConfig& config);
  /// Takes the results of all monitors, hands events to the sink, and starts again what has failed. To be called
  /// several times a second.
  void poll();
  /// Ends all sources; active events are ended and handed to the sink.
  void stop();

  std::vector<SourceReport> reports() const;
  /// Since the last poll() has returned, in seconds; a large value: the service hangs.
  double seconds_since_poll() const;

 private:
  struct Station;
  std::unique_ptr<DriftWatch> make_drift_watch(const ServiceSource& source, const Model& model) const;
  void open(Station& station);
  void close(Station& station);
  LiveStatus drain(Station& station);
  void watch(Station& station, const LiveStatus& status);
  void watch_drift(Station& station);
  void publish();

  const FleetOptions options_;
  const EventSink on_event_;
  std::vector<std::unique_ptr<Station>> stations_;
  std::chrono::steady_clock::time_point next_second_;

  mutable std::mutex mutex_;
  std::vector<SourceReport> reports_;                // under the mutex
  std::chrono::steady_clock::time_point last_poll_;  // under the mutex
};

}  // namespace auscult
