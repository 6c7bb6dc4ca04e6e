#include "analysis.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace auscult {
namespace {

constexpr std::chrono::milliseconds kReadTimeout{100};
constexpr std::chrono::milliseconds kFullQueuePause{1};
constexpr double kOddSoundSeconds = 10.0;

void smooth(double& value, double sample) {
  value += 0.05 * (sample - value);
}

}  // namespace

Analysis::Analysis(std::shared_ptr<const Model> model, std::unique_ptr<SampleSource> source, const LiveOptions& options,
                   Storage& storage)
    : model_(std::move(model)),
      source_(std::move(source)),
      lossless_(options.lossless),
      hops_(static_cast<std::size_t>(std::max(options.hop_queue, 16))),
      threshold_(model_->live_threshold()),
      gain_db_(options.gain_db),
      recorder_(storage.recorder()),
      scorer_(model_, {.why = true,
                       .channel = options.channel,
                       .samples_tap = [this](std::span<const float> samples) { tap(samples); },
                       .gap_tap = [this](std::int64_t lost) { tap_gap(lost); }}),
      tracker_(*model_, options.clip_dir, storage),
      channel_(options.channel.value_or(model_->preset.channel)) {
  tracker_.set_started(options.started_ms);
}

Analysis::~Analysis() {
  stop();
}

Status Analysis::start() {
  AUSCULT_TRY(source_->start());
  const SourceInfo info = source_->info();
  tracker_.set_source(info.name);
  demo_on_device_ = info.live && model_->purpose == Purpose::demo;
  status_.odd = odd_sound({.sample_rate = info.sample_rate, .frames = 0, .channels = {}}, channel_, model_.get());
  publish_status();
  return worker_.start([this](std::stop_token stop) { run(stop); });
}

void Analysis::stop() {
  worker_.join();
  source_->stop();
}

bool Analysis::poll_event(Event& event) {
  auto next = events_.try_pop();
  if (next) event = std::move(*next);
  return next.has_value();
}

LiveStatus Analysis::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

// --- analysis thread

void Analysis::run(const std::stop_token& stop) {
  stopping_ = stop;
  try {
    listen(stop);
  } catch (const std::exception& failure) {  // reported like an input that failed
    set_error({ErrorCode::internal,
               std::string("analysis stopped: ") + failure.what(),
               {},
               "start again; please report this"});
  }
  recorder_.stop();
  finished_ = true;
  publish_status();
}

void Analysis::listen(const std::stop_token& stop) {
  SampleBlock block;
  for (bool ended = false; !stop.stop_requested() && !ended;) {
    const auto outcome = source_->read(block, kReadTimeout);
    if (!outcome) {
      set_error(outcome.error());
      break;
    }
    ended = *outcome == ReadState::end;
    if (*outcome == ReadState::block) {
      if (const Status heard = hear(block); !heard) {  // the next block would fail in the same way
        set_error(heard.error());
        break;
      }
    }
    if (!ended) publish_status();
  }
  finish_scoring();
  if (auto last = tracker_.finish(stream_time_, latency_)) events_.push(std::move(*last));
}

// --- from sound to hops

Status Analysis::hear(const SampleBlock& block) {
  const std::int64_t begin = steady_ns();
  block_time_ns_ = block.header.time_ns;
  const double gain = std::pow(10.0, gain_db_.load(std::memory_order_relaxed) / 20.0);
  scorer_.set_gain(gain);
  level_.set_full_scale(static_cast<float>(gain));
  recorder_.set_gain(gain);
  AUSCULT_TRY(scorer_.push(block.interleaved, block.header.channels, block.header.sample_rate, block.header.lost_before,
                           [this](const Hop& hop) { on_hop(hop); }));
  sound_.push(block.interleaved, block.header.channels, block.header.sample_rate);
  if (sound_.seconds() >= kOddSoundSeconds) publish_odd_sound();
  tracker_.store_complete_clip();
  analyzed_ += static_cast<std::uint64_t>(block.frames());
  const double audio_s = static_cast<double>(block.frames()) / std::max(1, block.header.sample_rate);
  if (audio_s > 0) smooth(load_, static_cast<double>(steady_ns() - begin) * 1e-9 / audio_s);
  return {};
}

// The frontend's input, at most one hop at a time, before the hop that it completes.
void Analysis::tap(std::span<const float> samples) {
  level_.push(samples);
  tracker_.push(samples);
  recorder_.push(samples);
}

void Analysis::tap_gap(std::int64_t lost) {
  gap_before_ += lost;
  recorder_.gap(lost);
}

void Analysis::finish_scoring() {
  if (stream_time_ < kOddSoundSeconds && sound_.seconds() > 0.0) publish_odd_sound();
  scorer_.finish([this](const Hop& hop) { on_hop(hop); });
  tracker_.store_complete_clip();
}

// --- from hops to the display

void Analysis::on_hop(const Hop& hop) {
  tracker_.set_threshold(threshold_.load(std::memory_order_relaxed));
  stream_time_ = hop.time_s;
  if (auto event = tracker_.push(hop, {.judged = judged(hop), .latency_s = latency_})) events_.push(std::move(*event));
  state_ = state_of(hop);
  ++frames_;
  smooth(latency_, static_cast<double>(steady_ns() - block_time_ns_) * 1e-9);
  send(live_hop(hop));
}

bool Analysis::judged(const Hop& hop) const {
  return hop.judged() && !demo_on_device_;
}

AlarmState Analysis::state_of(const Hop& hop) const {
  if (demo_on_device_) return AlarmState::demo;
  if (!hop.leading_detector) return AlarmState::warming_up;
  if (!hop.running) return AlarmState::not_running;
  if (tracker_.active()) return AlarmState::alarm;
  return hop.fused > tracker_.threshold() ? AlarmState::suspicious : AlarmState::normal;
}

LiveHop Analysis::live_hop(const Hop& hop) {
  LiveHop out;
  out.frame = hop.index;
  out.time_s = hop.time_s;
  out.gap_before = std::exchange(gap_before_, 0);
  out.level = level_.take();
  out.fused = hop.fused;
  out.state = state_;
  out.n_detectors = static_cast<int>(std::min<std::size_t>(model_->detectors.size(), kMaxDetectors));
  for (auto& trace : traces_) trace.fresh = false;
  for (const StepEnergy& step : hop.fresh)
    if (step.detector < kMaxDetectors)
      traces_[static_cast<std::size_t>(step.detector)] = {true, step.energy, step.energies.dagmm, step.u};
  out.traces = traces_;
  out.n_why = static_cast<int>(std::min<std::size_t>(hop.why.size(), kMaxMels));
  std::copy_n(hop.why.begin(), out.n_why, out.why.begin());
  if (hop.frame) store_spectra(*hop.frame, out);
  return out;
}

void Analysis::send(const LiveHop& hop) {
  while (!hops_.push(hop)) {
    if (!lossless_ || stopping_.stop_requested()) {
      ++dropped_;
      return;
    }
    std::this_thread::sleep_for(kFullQueuePause);
  }
}

void Analysis::publish_odd_sound() {
  std::vector<OddSound> odd = odd_sound(sound_.facts(), channel_, model_.get());
  sound_ = SoundMeter();
  const std::lock_guard lock(status_mutex_);
  status_.odd = std::move(odd);
}

void Analysis::set_error(const Error& error) {
  const std::lock_guard lock(status_mutex_);
  status_.error = error;
}

void Analysis::publish_status() {
  const SourceHealth health = source_->health();
  const bool no_signal = health.state == SourceState::silent || health.state == SourceState::recovering ||
                         health.state == SourceState::failed;
  const std::lock_guard lock(status_mutex_);
  status_.source = source_->info();
  status_.health = health;
  status_.state = no_signal ? AlarmState::no_signal : state_;
  status_.stream_time_s = stream_time_;
  status_.latency_s = latency_;
  status_.load = load_;
  status_.frames = frames_;
  status_.analyzed = analyzed_;
  status_.dropped_columns = dropped_;
  status_.invalid_samples = scorer_.features().input().invalid;
  status_.events = tracker_.count();
  status_.threshold = threshold_.load(std::memory_order_relaxed);
  status_.finished = finished_;
}

}  // namespace auscult
