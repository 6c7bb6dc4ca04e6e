#include "service/fleet.h"

#include <algorithm>
#include <map>
#include <utility>

#include "audio/command_stream.h"
#include "audio/file_source.h"
#include "audio/pcm_stream.h"
#include "audio/portaudio_source.h"
#include "audio/recording_time.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/model.h"
#include "service/drift_watch.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kDriftSavePause = std::chrono::minutes(10);
constexpr int kHopQueue = 64;  // two seconds; poll() takes them several times a second

std::unique_ptr<SampleSource> make_inner(const ServiceSource& source, const Model& model) {
  switch (source.kind) {
    case SourceKind::device:
      return make_portaudio_source({.device = source.place, .lowest_rate = device_rate_for(model.preset.frontend)});
    case SourceKind::pipe:
      return make_pcm_stream({.path = source.place, .raw = source.raw});
    case SourceKind::command:
      return make_command_stream(source.place, source.raw);
    case SourceKind::recording:
      return make_file_source(source.place, {.realtime = true, .loop = source.loop});
  }
  return nullptr;
}

// A recording ends; everything else is opened again.
std::unique_ptr<SampleSource> make_service_source(const ServiceSource& source, std::shared_ptr<const Model> model,
                                                  const RestartOptions& restart) {
  if (source.kind == SourceKind::recording) return make_inner(source, *model);
  return make_restarting_source(
      source.name, [source, model = std::move(model)] { return make_inner(source, *model); }, restart);
}

// A model's file: another time or size is another model.
struct FileMark {
  std::filesystem::file_time_type written;
  std::uintmax_t bytes = 0;
  bool operator==(const FileMark&) const = default;
};

struct LoadedModel {
  std::shared_ptr<const Model> model;
  FileMark mark;
};
using Models = std::map<std::filesystem::path, LoadedModel>;

Result<LoadedModel> load(const std::filesystem::path& file, const Models& known) {
  std::error_code error;
  const FileMark mark{std::filesystem::last_write_time(file, error), std::filesystem::file_size(file, error)};
  if (const auto old = known.find(file); old != known.end() && old->second.mark == mark) return old->second;
  AUSCULT_TRY_ASSIGN(std::shared_ptr<const Model> model, load_model(file));
  return LoadedModel{std::move(model), mark};
}

// Each file once, and not again if it is among the `known` ones and has not changed.
Result<Models> load_models(const ServiceConfig& config, const Models& known) {
  Models models;
  for (const ServiceSource& source : config.sources) {
    if (!models.contains(source.model)) {
      AUSCULT_TRY_ASSIGN(models[source.model], load(source.model, known));
    }
    if (source.false_alarms_per_hour && !models[source.model].model->false_alarms.known())
      return fail(ErrorCode::model_mismatch, source.name + ": its model has no false-alarm rates",
                  source.model.string(), "set a threshold instead, or train with longer recordings");
  }
  return models;
}

// Sound that may say what is usual: no alarm, and a machine that runs.
bool is_ordinary(AlarmState state) {
  return state == AlarmState::normal || state == AlarmState::suspicious;
}

void save_drift(const DriftWatch& watch) {
  if (const Status saved = watch.save(); !saved) log(LogLevel::warning, to_message(saved.error()));
}

// Names the model by what it was trained and adapted with.
std::string mark_of(const Model& model) {
  const TrainingInfo& training = model.training;
  std::string mark = training.digest;
  for (const auto* digests : {&training.added_digests, &training.adapted_digests})
    mark += "+" + std::to_string(digests->size()) + (digests->empty() ? "" : digests->back());
  return mark;
}

}  // namespace

std::unique_ptr<DriftWatch> Fleet::make_drift_watch(const ServiceSource& source, const Model& model) const {
  constexpr double kLeastShare = 0.05;  // of a period, with the machine running
  const double hops_an_hour = 3600.0 * model.preset.frontend.sample_rate / model.preset.frontend.hop_length;
  return std::make_unique<DriftWatch>(
      DriftWatchOptions{.file = options_.drift / (source.name + ".json"),
                        .source = source.name,
                        .model = source.model.stem().string(),
                        .model_mark = mark_of(model),
                        .hours = source.drift_hours,
                        .fewest = static_cast<std::uint64_t>(kLeastShare * source.drift_hours * hops_an_hour)},
      system_ms());
}

void LatencyHistogram::add(double seconds) {
  const auto bound = std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), seconds);
  ++counts[static_cast<std::size_t>(bound - kLatencyBounds.begin())];
  sum_s += seconds;
}

std::uint64_t LatencyHistogram::total() const {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counts) all += count;
  return all;
}

// One source at work. The counts of its report are those of earlier monitors and the present one's together.
struct Fleet::Station {
  ServiceSource source;
  LoadedModel model;
  std::unique_ptr<LiveMonitor> monitor;  // null: failed, to be started again
  std::string run;                       // names the events of this monitor
  Clock::time_point next_start;
  SourceReport report, before;        // before: the counts of earlier monitors
  bool began_quiet = false;           // the active event began in quiet hours
  std::unique_ptr<DriftWatch> drift;  // null: not watched
  Clock::time_point next_drift_save;
};

Result<std::size_t> check_models(const ServiceConfig& config) {
  AUSCULT_TRY_ASSIGN(const Models models, load_models(config, {}));
  return models.size();
}

Fleet::Fleet(FleetOptions options, EventSink on_event)
    : options_(std::move(options)),
      on_event_(std::move(on_event)),
      next_second_(Clock::now()),
      last_poll_(Clock::now()) {}

Fleet::~Fleet() {
  stop();
}

Result<FleetChange> Fleet::apply(const ServiceConfig& config) {
  Models known;
  for (const auto& station : stations_) known.insert_or_assign(station->source.model, station->model);
  AUSCULT_TRY_ASSIGN(const Models models, load_models(config, known));
  FleetChange change;
  std::vector<std::unique_ptr<Station>> next;
  for (const ServiceSource& source : config.sources) {
    const LoadedModel& loaded = models.at(source.model);
    const auto old = std::find_if(stations_.begin(), stations_.end(),
                                  [&](const auto& station) { return station && station->source.name == source.name; });
    if (old != stations_.end() && (*old)->source == source && (*old)->model.mark == loaded.mark) {
      change.unchanged.push_back(source.name);
      next.push_back(std::move(*old));
      continue;
    }
    (old == stations_.end() ? change.started : change.restarted).push_back(source.name);
    if (old != stations_.end()) {
      close(**old);
      old->reset();
    }
    auto station = std::make_unique<Station>();
    station->source = source;
    station->model = loaded;
    station->report.name = source.name;
    station->report.model = source.model.filename().string();
    if (!options_.drift.empty() && source.drift_hours > 0.0) station->drift = make_drift_watch(source, *loaded.model);
    next.push_back(std::move(station));
  }
  for (const auto& gone : stations_) {
    if (!gone) continue;
    change.stopped.push_back(gone->source.name);
    close(*gone);
  }
  stations_ = std::move(next);
  for (const auto& station : stations_)
    if (!station->monitor && !station->report.finished) open(*station);
  publish();
  return change;
}

void Fleet::open(Station& station) {
  const ServiceSource& source = station.source;
  LiveOptions live;
  live.lossless = source.kind == SourceKind::pipe || source.kind == SourceKind::command;  // they wait for their reader
  live.hop_queue = kHopQueue;
  live.channel = source.channel;
  live.gain_db = source.gain_db;
  if (!options_.clips.empty()) live.clip_dir = options_.clips / source.name;
  station.run = new_run_name() + "-" + source.name;
  const std::shared_ptr<const Model>& model = station.model.model;
  station.monitor = std::make_unique<LiveMonitor>(model, make_service_source(source, model, options_.restart), live);
  if (source.threshold) station.monitor->set_threshold(*source.threshold);
  if (source.false_alarms_per_hour)
    station.monitor->set_threshold(model->false_alarms.threshold_for(*source.false_alarms_per_hour));
  if (const Status started = station.monitor->start(); !started) {
    station.report.source = SourceState::failed;
    station.report.message = to_message(started.error());
    station.monitor.reset();
    station.next_start = Clock::now() + options_.analysis_pause;
  }
}

void Fleet::close(Station& station) {
  if (!station.monitor) return;
  station.monitor->stop();
  (void)drain(station);
  if (station.drift) save_drift(*station.drift);
  station.before = station.report;
  station.monitor.reset();
}

LiveStatus Fleet::drain(Station& station) {
  LiveMonitor& monitor = *station.monitor;
  LiveHop hop;
  while (monitor.poll(hop)) {
    station.report.score = hop.fused;
    station.report.level_dbfs = static_cast<double>(hop.level.rms_dbfs);
    if (station.drift && is_ordinary(hop.state)) station.drift->add(hop.fused);
  }
  Event event;
  while (monitor.poll_event(event)) {
    if (!event.ended) station.began_quiet = is_quiet(station.source.quiet, event.wall_time_ms);
    event.ref.run = station.run;
    event.source = station.source.name;
    event.model_name = station.source.model.stem().string();
    on_event_({station.source.name, std::move(event), station.began_quiet, station.source.on_event});
  }
  LiveStatus status = monitor.status();
  watch(station, status);
  return status;
}

void Fleet::watch(Station& station, const LiveStatus& status) {
  SourceReport& report = station.report;
  const SourceReport& before = station.before;
  report.state = status.state;
  report.source = status.health.state;
  report.message = status.health.message;
  if (status.storage_trouble) report.message = to_message(*status.storage_trouble);
  report.captured = before.captured + status.health.captured;
  report.analyzed = before.analyzed + status.analyzed;
  report.lost = before.lost + status.health.lost;
  report.gaps = before.gaps + status.health.gaps;
  report.invalid = before.invalid + status.invalid_samples;
  report.events = before.events + status.events;
  report.reconnects = before.reconnects + status.health.reconnects;
  report.stream_time_s = status.stream_time_s;
  report.threshold = status.threshold;
  report.load = status.load;
  report.ring_fill = status.health.ring_fill;
  report.pending = status.health.captured - std::min(status.health.captured, status.analyzed);
  report.sample_rate = status.source.sample_rate;
  report.quiet = is_quiet(station.source.quiet, system_ms());
  report.finished = status.finished && !status.error;
}

// Nobody should be told of a change of weeks in quiet hours: that can wait.
void Fleet::watch_drift(Station& station) {
  const bool quiet = is_quiet(station.source.quiet, system_ms());
  if (auto event = station.drift->poll(system_ms(), quiet))
    on_event_({station.source.name, std::move(*event), quiet, {}});  // it is no alarm: the command is not run
  station.report.drift = station.drift->progress();
  station.report.drifted = station.drift->drifted();
  if (Clock::now() < station.next_drift_save) return;
  if (station.next_drift_save != Clock::time_point()) save_drift(*station.drift);
  station.next_drift_save = Clock::now() + kDriftSavePause;
}

void Fleet::poll() {
  const auto now = Clock::now();
  const bool second = now >= next_second_;
  if (second) next_second_ = now + std::chrono::seconds(1);
  for (const auto& station : stations_) {
    if (!station->monitor) {
      if (!station->report.finished && now >= station->next_start) open(*station);
      continue;
    }
    const LiveStatus status = drain(*station);
    if (second && status.health.state == SourceState::running) station->report.latency.add(status.latency_s);
    if (second && station->drift) watch_drift(*station);
    if (!status.error) continue;
    const std::string reason = to_message(*status.error);
    log(LogLevel::warning, station->source.name + ": " + reason);
    close(*station);
    station->report.source = SourceState::failed;
    station->report.message = reason;
    ++station->report.restarts;
    station->next_start = now + options_.analysis_pause;
  }
  publish();
}

void Fleet::stop() {
  for (const auto& station : stations_) close(*station);
  publish();
  stations_.clear();
}

void Fleet::publish() {
  std::vector<SourceReport> reports;
  for (const auto& station : stations_) reports.push_back(station->report);
  const std::lock_guard lock(mutex_);
  reports_ = std::move(reports);
  last_poll_ = Clock::now();
}

std::vector<SourceReport> Fleet::reports() const {
  const std::lock_guard lock(mutex_);
  return reports_;
}

double Fleet::seconds_since_poll() const {
  const std::lock_guard lock(mutex_);
  return std::chrono::duration<double>(Clock::now() - last_poll_).count();
}

}  // namespace auscult
