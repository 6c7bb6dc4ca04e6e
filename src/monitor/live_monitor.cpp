#include "monitor/live_monitor.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include <boost/lockfree/spsc_queue.hpp>

#include "base/log.h"
#include "events/event_store.h"
#include "monitor/event_report.h"
#include "scoring/input_adapter.h"
#include "scoring/scorer.h"
#include "events/event_sound.h"
#include "event_why.h"
#include "sound_recorder.h"
#include "base/task_queue.h"

namespace auscult {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kReadTimeout{100};
constexpr std::size_t kSlice = 512;  // model-rate samples at a time, so that levels belong to their hop

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now().time_since_epoch()).count();
}

std::int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void smooth(double& value, double sample) {
  value += 0.05 * (sample - value);
}

struct StorageTask {
  EventNotice notice;
  std::vector<float> samples;  // empty: only the log line
  bool log = false;
};

}  // namespace

const char* to_string(AlarmState state) {
  switch (state) {
    case AlarmState::warming_up: return "warming_up";
    case AlarmState::normal: return "normal";
    case AlarmState::suspicious: return "suspicious";
    case AlarmState::alarm: return "alarm";
    case AlarmState::not_running: return "not_running";
    case AlarmState::demo: return "demo";
    case AlarmState::no_signal: return "no_signal";
  }
  return "normal";
}

struct LiveMonitor::Impl {
  Impl(std::shared_ptr<const Model> m, std::unique_ptr<SampleSource> s, LiveOptions o)
      : model(std::move(m)),
        source(std::move(s)),
        options(std::move(o)),
        hops(static_cast<std::size_t>(std::max(options.hop_queue, 16))),
        threshold(model->live_threshold),
        gain_db(options.gain_db),
        scorer(model, {.why = true}),
        events(policy()),
        adapter({model->preset.frontend.sample_rate, options.channel.value_or(model->preset.channel), 1.0}),
        audio(model->preset.frontend.sample_rate),
        recorder(model->preset.frontend.sample_rate),
        why(model->preset.policy.confirm_n) {}

  EventPolicy policy() const {
    EventPolicy p = model->preset.policy;
    p.threshold = model->live_threshold;
    return p;
  }

  // --- analysis thread ---------------------------------------------------------------------------------------------
  void analyse(std::stop_token stop) {
    const HopSink on_hop = [this](const Hop& hop) { this->on_hop(hop); };
    const AdapterSink sink{[&](std::span<const float> samples) { score(samples, on_hop); }, [&](std::int64_t lost) { on_gap(lost, on_hop); }};
    SampleBlock block;
    bool ended = false;
    while (!stop.stop_requested() && !ended) {
      auto outcome = source->read(block, kReadTimeout);
      if (!outcome) {
        set_error(outcome.error());
        break;
      }
      ended = *outcome == ReadState::end;
      if (*outcome == ReadState::block) {
        if (!on_block(block, sink)) break;
      } else if (*outcome == ReadState::timeout) {
        publish_status();
      }
    }
    adapter.finish(sink);
    scorer.finish(on_hop);
    if (auto last = events.finish()) report_event(*last);
    store_clip();
    recorder.stop();
    finished = true;
    publish_status();
  }

  /// False when nothing can be made of this input: a block later it would be the same.
  bool on_block(const SampleBlock& block, const AdapterSink& sink) {
    const std::int64_t begin = steady_ns();
    block_time_ns = block.header.time_ns;
    const double gain = std::pow(10.0, gain_db.load(std::memory_order_relaxed) / 20.0);
    adapter.set_gain(gain);
    level.set_full_scale(static_cast<float>(gain));
    recorder.set_gain(gain);
    if (auto pushed = adapter.push(block.interleaved, block.header.channels, block.header.sample_rate, block.header.lost_before, sink); !pushed) {
      set_error(pushed.error());
      return false;
    }
    const double audio_s = static_cast<double>(block.frames()) / std::max(1, block.header.sample_rate);
    if (audio_s > 0) smooth(load, static_cast<double>(steady_ns() - begin) * 1e-9 / audio_s);
    publish_status();
    return true;
  }

  void score(std::span<const float> samples, const HopSink& on_hop) {
    for (std::size_t i = 0; i < samples.size(); i += kSlice) {
      const auto slice = samples.subspan(i, std::min(kSlice, samples.size() - i));
      level.push(slice);
      audio.push(slice);
      recorder.push(slice);
      scorer.push(slice, on_hop);
    }
    if (audio.complete()) store_clip();
  }

  void on_gap(std::int64_t lost, const HopSink& on_hop) {
    scorer.gap(lost, on_hop);
    gap_before += lost;
    recorder.gap(lost);
  }

  AlarmState state_of(const Hop& hop) const {
    if (demo_on_device) return AlarmState::demo;
    if (hop.leading_detector < 0) return AlarmState::warming_up;
    if (!hop.running) return AlarmState::not_running;
    if (events.active()) return AlarmState::alarm;
    return hop.fused > events.policy().threshold ? AlarmState::suspicious : AlarmState::normal;
  }

  void on_hop(const Hop& hop) {
    events.set_threshold(threshold.load(std::memory_order_relaxed));
    stream_time = hop.time_s;
    const bool judged = hop.running && hop.leading_detector >= 0 && !demo_on_device;
    why.push(hop.why, judged && (events.active() || hop.fused > events.policy().threshold));
    if (auto transition = events.push(hop.time_s, hop.fused, std::max(hop.leading_detector, 0), judged)) report_event(*transition);
    state = state_of(hop);
    ++frames;
    smooth(latency, static_cast<double>(steady_ns() - block_time_ns) * 1e-9);
    send(make_hop(hop));
  }

  LiveHop make_hop(const Hop& hop) {
    LiveHop out;
    out.frame = hop.index;
    out.time_s = hop.time_s;
    out.gap_before = std::exchange(gap_before, 0);
    out.level = level.take();
    out.fused = hop.fused;
    out.state = state;
    out.n_detectors = static_cast<int>(std::min<std::size_t>(model->detectors.size(), kMaxDetectors));
    for (auto& trace : traces) trace.fresh = false;
    for (const StepEnergy& step : hop.fresh)
      if (step.detector < kMaxDetectors) traces[static_cast<std::size_t>(step.detector)] = {true, step.energy, step.energies.dagmm, step.u};
    out.traces = traces;
    out.n_why = static_cast<int>(std::min<std::size_t>(hop.why.size(), kMaxMels));
    std::copy_n(hop.why.begin(), out.n_why, out.why.begin());
    if (hop.frame) {
      out.n_mels = static_cast<int>(std::min<std::size_t>(hop.frame->log_mel.size(), kMaxMels));
      std::copy_n(hop.frame->log_mel.begin(), out.n_mels, out.mel_db.begin());
      const std::size_t stride = (hop.frame->power_db.size() + kMaxBins - 1) / kMaxBins;
      for (std::size_t i = 0; i < hop.frame->power_db.size(); i += stride) out.linear_db[static_cast<std::size_t>(out.n_bins++)] = hop.frame->power_db[i];
    }
    return out;
  }

  void send(const LiveHop& hop) {
    while (!hops.push(hop)) {
      if (!options.lossless || stopping) {
        ++dropped;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void report_event(const EventTransition& transition) {
    EventNotice notice{transition.edge, transition.event, 0, why.bands(model->preset.frontend), {}};
    const double age = stream_time - transition.event.start_s;
    if (transition.edge == EventEdge::began) {
      event_wall_ms = system_ms() - static_cast<std::int64_t>(1000.0 * (age + latency));
      ++event_count;
      store_clip();  // a clip that still waits for the seconds after its event ends here
      if (!options.clip_dir.empty()) {
        audio.begin(age);
        clip_path = options.clip_dir / clip_name(transition.event);
      }
    } else {
      audio.end();
      why.clear();
    }
    notice.wall_time_ms = event_wall_ms;
    if (transition.edge == EventEdge::ended) notice.clip = clip_path;
    notices.push(notice);
    storage.push({notice, {}, true});
  }

  std::string clip_name(const Event& event) const {
    std::string stamp = iso_time(event_wall_ms);
    std::replace(stamp.begin(), stamp.end(), ':', '-');
    return stamp + "_event" + std::to_string(event.id) + ".flac";
  }

  void store_clip() {
    if (!audio.recording()) return;
    StorageTask task;
    task.notice.clip = clip_path;
    task.samples = audio.take();
    storage.push(std::move(task));
  }

  void set_error(const Error& error) {
    std::lock_guard lock(status_mutex);
    status.error = to_message(error);
    status.error_code = error.code;
  }

  void publish_status() {
    const SourceHealth health = source->health();
    const bool no_signal = health.state == SourceState::silent || health.state == SourceState::recovering || health.state == SourceState::failed;
    std::lock_guard lock(status_mutex);
    status.source = source->info();
    status.health = health;
    status.state = no_signal ? AlarmState::no_signal : state;
    status.stream_time_s = stream_time;
    status.latency_s = latency;
    status.load = load;
    status.frames = frames;
    status.dropped_columns = dropped;
    status.invalid_samples = adapter.invalid();
    status.events = event_count;
    status.threshold = threshold.load(std::memory_order_relaxed);
    status.finished = finished;
  }

  // --- storage thread ----------------------------------------------------------------------------------------------
  void store(std::stop_token stop) {
    EventStore event_store(options.event_log, options.clip_dir);
    for (;;) {
      const bool last = stop.stop_requested();  // analysis has ended: nothing more comes
      recorder.store();
      auto task = storage.pop(std::chrono::milliseconds(50));
      if (!task) {
        if (last) return;  // only when nothing is left to store
        continue;
      }
      Status stored;
      if (task->log) stored = event_store.append(event_json(task->notice, *model, source_name));
      if (stored && !task->samples.empty()) stored = event_store.write_clip(task->notice.clip, task->samples, model->preset.frontend.sample_rate);
      if (!stored) log(LogLevel::warning, to_message(stored.error()));
    }
  }

  // --- shared ------------------------------------------------------------------------------------------------------
  std::shared_ptr<const Model> model;
  std::unique_ptr<SampleSource> source;
  LiveOptions options;
  boost::lockfree::spsc_queue<LiveHop> hops;
  TaskQueue<EventNotice> notices;
  TaskQueue<StorageTask> storage;
  std::atomic<double> threshold, gain_db;
  std::atomic<bool> stopping{false};
  mutable std::mutex status_mutex;
  LiveStatus status;
  std::string source_name;

  // Of the analysis thread.
  Scorer scorer;
  EventDetector events;
  InputAdapter adapter;
  EventAudio audio;
  SoundRecorder recorder;  // shared: it has its own lock
  EventWhy why;
  LevelMeter level;
  std::array<LiveHop::Trace, kMaxDetectors> traces{};
  AlarmState state = AlarmState::warming_up;
  bool demo_on_device = false, finished = false;
  double stream_time = 0.0, latency = 0.0, load = 0.0;
  std::int64_t block_time_ns = 0, gap_before = 0, event_wall_ms = 0;
  std::uint64_t frames = 0, dropped = 0, event_count = 0;
  std::filesystem::path clip_path;

  std::jthread storage_thread, analysis_thread;
};

LiveMonitor::LiveMonitor(std::shared_ptr<const Model> model, std::unique_ptr<SampleSource> source, LiveOptions options)
    : impl_(std::make_unique<Impl>(std::move(model), std::move(source), std::move(options))) {}

LiveMonitor::~LiveMonitor() {
  stop();
}

Status LiveMonitor::start() {
  AUSCULT_TRY(impl_->source->start());
  const SourceInfo info = impl_->source->info();
  impl_->source_name = info.name;
  impl_->demo_on_device = info.live && impl_->model->purpose == Purpose::demo;
  impl_->publish_status();
  impl_->storage_thread = std::jthread([this](std::stop_token stop) { impl_->store(stop); });
  impl_->analysis_thread = std::jthread([this](std::stop_token stop) {
    try {
      impl_->analyse(stop);
    } catch (const std::exception& failure) {  // never let a library's exception end the program
      impl_->set_error({ErrorCode::internal, std::string("analysis stopped: ") + failure.what(), {}, "start again; please report this"});
    }
  });
  return {};
}

void LiveMonitor::stop() {
  impl_->stopping = true;
  if (impl_->analysis_thread.joinable()) {
    impl_->analysis_thread.request_stop();
    impl_->analysis_thread.join();
  }
  impl_->source->stop();
  if (impl_->storage_thread.joinable()) {
    impl_->storage_thread.request_stop();
    impl_->storage_thread.join();
  }
}

bool LiveMonitor::poll(LiveHop& hop) {
  return impl_->hops.pop(hop);
}

bool LiveMonitor::poll_event(EventNotice& notice) {
  auto next = impl_->notices.try_pop();
  if (next) notice = std::move(*next);
  return next.has_value();
}

LiveStatus LiveMonitor::status() const {
  std::lock_guard lock(impl_->status_mutex);
  return impl_->status;
}

void LiveMonitor::set_threshold(double threshold) {
  impl_->threshold.store(threshold, std::memory_order_relaxed);
}

void LiveMonitor::set_gain_db(double gain_db) {
  impl_->gain_db.store(gain_db, std::memory_order_relaxed);
}

int LiveMonitor::channel() const {
  return impl_->options.channel.value_or(impl_->model->preset.channel);
}

const Model& LiveMonitor::model() const {
  return *impl_->model;
}

void LiveMonitor::start_recording(const std::filesystem::path& folder) {
  impl_->recorder.start(folder);
}

void LiveMonitor::stop_recording() {
  impl_->recorder.stop();
}

RecordingStatus LiveMonitor::recording() const {
  return impl_->recorder.status();
}

}  // namespace auscult
