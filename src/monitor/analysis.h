// The analysis thread: reads the source, scores its sound, detects events, and queues hops and events for the monitor's
// reader. It never touches the disk: Storage does. Thread rule: start(), stop() and the poll functions from one thread;
// status(), set_threshold() and set_gain_db() from any. Internal to the module.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>

#include <boost/lockfree/spsc_queue.hpp>

#include "base/task_queue.h"
#include "base/worker.h"
#include "event_tracker.h"
#include "monitor/live_monitor.h"
#include "scoring/scorer.h"
#include "storage.h"

namespace auscult {

class Analysis {
 public:
  /// `storage` must outlive it.
  Analysis(std::shared_ptr<const Model> model, std::unique_ptr<SampleSource> source, const LiveOptions& options,
           Storage& storage);
  ~Analysis();  ///< stops

  /// Opens the source, then starts the thread. Errors: the source's.
  Status start();
  /// An active event is ended and passed to the storage. Idempotent.
  void stop();

  bool poll(LiveHop& hop) { return hops_.pop(hop); }
  bool poll_event(Event& event);
  LiveStatus status() const;
  void set_threshold(double threshold) { threshold_.store(threshold, std::memory_order_relaxed); }
  void set_gain_db(double gain_db) { gain_db_.store(gain_db, std::memory_order_relaxed); }

 private:
  void run(const std::stop_token& stop);
  void listen(const std::stop_token& stop);
  Status hear(const SampleBlock& block);
  void tap(std::span<const float> samples);
  void tap_gap(std::int64_t lost);
  void finish_scoring();
  void on_hop(const Hop& hop);
  AlarmState state_of(const Hop& hop) const;
  bool judged(const Hop& hop) const;
  LiveHop live_hop(const Hop& hop);
  void send(const LiveHop& hop);
  void set_error(const Error& error);
  void publish_odd_sound();
  void publish_status();

  // Shared with the reader.
  const std::shared_ptr<const Model> model_;
  const std::unique_ptr<SampleSource> source_;
  const bool lossless_;
  boost::lockfree::spsc_queue<LiveHop> hops_;
  TaskQueue<Event> events_;
  std::atomic<double> threshold_, gain_db_;
  mutable std::mutex status_mutex_;
  LiveStatus status_;  // guarded by the mutex

  // Used only by the thread; set up before it starts.
  SoundRecorder& recorder_;  // has its own lock
  Scorer scorer_;
  EventTracker tracker_;
  LevelMeter level_;
  SoundMeter sound_;  // of the last seconds of input
  int channel_ = 0;   // of the input that is analyzed
  std::stop_token stopping_;
  std::array<LiveHop::Trace, kMaxDetectors> traces_{};
  AlarmState state_ = AlarmState::warming_up;
  bool demo_on_device_ = false, finished_ = false;
  double stream_time_ = 0.0, latency_ = 0.0, load_ = 0.0;  // s, s, share of real time
  std::int64_t block_time_ns_ = 0, gap_before_ = 0;
  std::uint64_t frames_ = 0, dropped_ = 0, analyzed_ = 0;

  Worker worker_{"analysis"};
};

}  // namespace auscult
