// auscult listen: the live monitor without a window.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/places.h"
#include "app/source_spec.h"
#include "audio/portaudio_source.h"
#include "base/detached_command.h"
#include "channel_option.h"
#include "commands.h"
#include "console.h"
#include "detect/calibration.h"
#include "events/event.h"
#include "events/event_archive.h"
#include "events/event_database.h"
#include "monitor/live_monitor.h"

namespace auscult::cli {
namespace {

using nlohmann::ordered_json;

struct ListenOptions {
  std::string model, on_event, event_log, clip_dir;
  SourceSpec source = {.pace = SourceSpec::Pace::as_fast_as_taken};
  bool json = false, keep_events = false;
  double seconds = 0.0;
  std::optional<double> threshold;  ///< overrides the model's
  std::optional<double> status_s;   ///< between status lines; 0: none

  /// A line a second would fill a journal: people who watch a terminal and programs get one, other outputs one an hour.
  double status_interval() const { return status_s.value_or(json || isatty(STDOUT_FILENO) == 1 ? 1.0 : 3600.0); }

  /// A recording is read as fast as possible.
  bool hurried() const { return !source.live() && source.pace == SourceSpec::Pace::as_fast_as_taken; }
};

class Printer {
 public:
  Printer(const ListenOptions& options, const Model& model) : options_(options), model_(model) {}

  void hop(const LiveHop& hop) {
    last_ = hop;
    if (!options_.json) return;
    ordered_json line = {{"type", "energy"},
                         {"frame", hop.frame},
                         {"time", hop.time_s},
                         {"fused", hop.fused},
                         {"state", to_string(hop.state)}};
    ordered_json detectors = ordered_json::object();
    for (int d = 0; d < hop.n_detectors; ++d) {
      const auto& trace = hop.traces[static_cast<std::size_t>(d)];
      if (trace.fresh)
        detectors[model_.detectors[static_cast<std::size_t>(d)].config.name] = {
            {"energy", trace.energy}, {"dagmm", trace.dagmm}, {"u", trace.u}};
    }
    if (hop.gap_before > 0) line["gap"] = hop.gap_before;
    line["detectors"] = std::move(detectors);
    print(line);
  }

  void event(const Event& event) {
    const std::string json = to_json(event);
    if (options_.json) {
      std::printf("%s\n", json.c_str());
    } else if (!event.ended) {
      std::printf("%9.2f s  ALARM begins (score %s above %.2f)%s%s\n", event.start_s,
                  score_text(event.peak_score, event.threshold).c_str(), event.threshold,
                  event.bands.empty() ? "" : ", strongest bands: ", to_text(event.bands).c_str());
    } else {
      std::printf("%9.2f s  alarm ended after %.2f s, peak %s at %.2f s%s%s\n", event.end_s, event.duration_s(),
                  score_text(event.peak_score, event.threshold).c_str(), event.peak_s,
                  event.clip.empty() ? "" : ", sound in ", event.clip.c_str());
    }
    std::fflush(stdout);
    if (!options_.on_event.empty() && !event.ended)
      (void)run_detached({"/bin/sh", "-c", options_.on_event},
                         {{"AUSCULT_EVENT", json}});  // a failure does not stop monitoring
  }

  /// Reports each reason for a failed write once.
  void storage(const LiveStatus& status) {
    if (!status.storage_trouble || status.storage_trouble->what == storage_told_) return;
    storage_told_ = status.storage_trouble->what;
    std::fprintf(stderr, "auscult: warning: %s\n", to_message(*status.storage_trouble).c_str());
  }

  /// Reports each kind of odd sound once.
  void odd_sound(const LiveStatus& status) {
    for (const OddSound& odd : status.odd)
      if (told_.insert(odd.kind).second) warn({options_.source.label() + ": " + odd.title + " " + odd.advice});
  }

  /// Once a second: a status line when it is due, and for people also when the state has changed.
  void tick(const LiveStatus& status) {
    const double since_last = seconds_ - last_status_;
    seconds_ += 1.0;
    // Single scores above the threshold are no change.
    const AlarmState state = status.state == AlarmState::suspicious ? AlarmState::normal : status.state;
    const bool changed = !options_.json && (state != told_state_ || status.health.state != told_source_);
    const bool due = since_last >= options_.status_interval();
    if (options_.status_s == 0.0 || !(due || changed)) return;
    told_state_ = state;
    told_source_ = status.health.state;
    last_status_ = seconds_ - 1.0;
    this->status(status);
  }

  void status(const LiveStatus& status) {
    if (options_.json) {
      ordered_json line = {{"type", "status"},
                           {"time", status.stream_time_s},
                           {"state", to_string(status.state)},
                           {"source", status.source.name},
                           {"sample_rate", status.source.sample_rate},
                           {"channels", status.source.channels},
                           {"source_state", to_string(status.health.state)},
                           {"lost", status.health.lost},
                           {"gaps", status.health.gaps},
                           {"latency_s", status.latency_s},
                           {"load", status.load},
                           {"dropped", status.dropped_columns},
                           {"threshold", status.threshold}};
      if (!status.health.message.empty()) line["message"] = status.health.message;
      print(line);
    } else {
      std::printf("%9.2f s  %-12s score %7s of %.2f   level %6.1f dBFS%s%s\n", status.stream_time_s,
                  to_string(status.state), score_text(last_.fused, status.threshold).c_str(), status.threshold,
                  static_cast<double>(last_.level.rms_dbfs), status.health.message.empty() ? "" : "   ",
                  status.health.message.c_str());
      std::fflush(stdout);
    }
  }

  void summary(const LiveStatus& status) {
    if (options_.json) {
      print({{"type", "summary"},
             {"seconds", status.stream_time_s},
             {"frames", status.frames},
             {"events", status.events},
             {"captured", status.health.captured},
             {"lost", status.health.lost},
             {"gaps", status.health.gaps},
             {"invalid_samples", status.invalid_samples},
             {"dropped", status.dropped_columns}});
    } else {
      std::printf("Listened for %.1f s: %llu event(s), %llu samples lost.\n", status.stream_time_s,
                  static_cast<unsigned long long>(status.events), static_cast<unsigned long long>(status.health.lost));
      if (status.invalid_samples > 0)
        std::printf("%llu samples were not finite or larger than 8 and were left out as gaps.\n",
                    static_cast<unsigned long long>(status.invalid_samples));
    }
  }

 private:
  static void print(const ordered_json& line) {
    std::printf("%s\n", line.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
    std::fflush(stdout);
  }
  const ListenOptions& options_;
  const Model& model_;
  LiveHop last_;
  std::string storage_told_;
  std::set<SoundOddity> told_;
  std::optional<AlarmState> told_state_;
  std::optional<SourceState> told_source_;
  double seconds_ = 1.0, last_status_ = 0.0;  // ticks; of the last status line
};

// The list that the window and `auscult events` show. Failed writes are retried until the end.
class KeptEvents {
 public:
  explicit KeptEvents(const ListenOptions& options)
      : model_name_(std::filesystem::path(options.model).stem().string()) {
    if (options.keep_events) archive_.emplace(default_data_places().event_database());
  }
  void keep(Event event) {
    if (!archive_) return;
    event.ref.run = run_;
    event.model_name = model_name_;
    archive_->store(std::move(event));
  }
  /// Reports what could not be stored.
  void close() {
    if (!archive_) return;
    archive_->close();
    const auto listing = archive_->listing();
    for (const auto& problem : {listing->notice, listing->waiting > 0 ? listing->trouble : std::nullopt})
      if (problem) std::fprintf(stderr, "auscult: warning: %s\n", to_message(*problem).c_str());
  }

 private:
  std::optional<EventArchive> archive_;
  std::string model_name_, run_ = new_run_name();
};

// The window's folders, unless the command line names others.
LiveOptions live_options_for(const ListenOptions& options) {
  LiveOptions live = live_options(options.source);
  live.lossless = options.hurried();
  live.clip_dir = options.clip_dir;
  live.event_log = options.event_log;
  if (options.keep_events) {
    std::error_code error;
    live.clip_dir = options.clip_dir.empty() ? default_data_places().event_clips()
                                             : std::filesystem::absolute(options.clip_dir, error);
  }
  return live;
}

void drain(LiveMonitor& monitor, Printer& printer, KeptEvents& events) {
  LiveHop hop;
  Event event;
  while (monitor.poll(hop)) printer.hop(hop);
  while (monitor.poll_event(event)) {
    events.keep(event);
    printer.event(event);
  }
  printer.storage(monitor.status());
  printer.odd_sound(monitor.status());
}

// Reports unusable output folders before the first event.
Status check_places(const ListenOptions& options) {
  std::error_code error;
  if (!options.clip_dir.empty()) {
    std::filesystem::create_directories(options.clip_dir, error);
    if (!std::filesystem::is_directory(options.clip_dir))
      return fail(ErrorCode::write_failed, "is not a folder and cannot be created", options.clip_dir,
                  "name a folder for the sound of events");
    AUSCULT_TRY(check_writable((std::filesystem::path(options.clip_dir) / "probe.flac").string()));
  }
  if (options.event_log.empty()) return {};
  const std::filesystem::path folder = std::filesystem::path(options.event_log).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  return check_writable(options.event_log);
}

// A hanging device never releases its thread, but the process must end.
int leave(int code) {
  if (!portaudio_hangs()) return code;
  std::fflush(nullptr);
  std::_Exit(code);
}

int run_listen(const ListenOptions& options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(model.error());
  if (auto kept = check_places(options); !kept) return report(kept.error());
  KeptEvents events(options);
  const bool live = options.source.live();
  LiveMonitor monitor(*model, make_source(options.source, **model), live_options_for(options));
  if (options.threshold) monitor.set_threshold(*options.threshold);
  if (auto started = monitor.start(); !started) return leave(report(started.error()));
  if (live && (*model)->purpose == Purpose::demo)
    std::fprintf(stderr,
                 "auscult: this demo model was trained on a simulated pump, not on your machine: it computes energies "
                 "but raises "
                 "no alarm. Train a model for your machine: auscult train\n");

  Printer printer(options, **model);
  auto next_status = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  LiveStatus status = monitor.status();
  while (!context.cancel.requested()) {
    status = monitor.status();
    const bool done =
        status.finished || status.error || (options.seconds > 0 && status.stream_time_s >= options.seconds);
    drain(monitor, printer, events);
    if (done) break;
    if (std::chrono::steady_clock::now() >= next_status) {
      next_status += std::chrono::seconds(1);
      if (!options.hurried()) printer.tick(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  monitor.stop();
  status = monitor.status();
  drain(monitor, printer, events);
  events.close();
  printer.summary(status);
  if (status.error) {
    std::fprintf(stderr, "auscult: error: %s\n", to_message(*status.error).c_str());
    return leave(live ? kExitDevice : kExitInput);
  }
  if (status.frames == 0 && status.invalid_samples > 0 && !live)
    return report(
        {ErrorCode::invalid_samples,
         std::to_string(status.invalid_samples) +
             " samples are not finite or larger than 8, and no usable stretch is left",
         options.source.recording.string(),
         "if the samples are integers stored as float, use `auscult score --scale 3.0517578125e-05`; otherwise record "
         "again"});
  if (status.frames == 0 && !context.cancel.requested() && !live)
    return report({ErrorCode::too_short, "is too short for one frame", options.source.recording.string(),
                   "use a longer recording"});
  return leave(context.cancel.requested() && !live ? kExitInterrupted : kExitOk);
}

}  // namespace

void add_listen(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("listen", "Monitor a device (or a recording) and report alarms, without a window");
  auto options = std::make_shared<ListenOptions>();
  command->add_option("MODEL", options->model, "A model file from auscult train")->required();
  auto* device = command->add_option("--device", options->source.device,
                                     "Input device, as `auscult devices` names it (default: the default input)");
  command->add_option("--input", options->source.recording, "Listen to this recording instead of a device")
      ->excludes(device);
  command->add_flag_callback(
      "--realtime", [options] { options->source.pace = SourceSpec::Pace::real_time; },
      "Play the recording in real time instead of as fast as possible");
  command->add_flag("--json", options->json, "One JSON object per line: energy, event, status, summary");
  command
      ->add_option(
          "--status", options->status_s,
          "Seconds between status lines; 0: none (default: 1 on a terminal and with --json, otherwise 3600, and "
          "one line at each change of state)")
      ->check(CLI::Range(0.0, 86400.0));
  command->add_option("--seconds", options->seconds, "Stop after this much sound")->check(CLI::PositiveNumber);
  command->add_option("--threshold", options->threshold, "Threshold of the live anomaly score instead of the model's")
      ->check(CLI::NonNegativeNumber);
  add_channel_option(*command, "--channel", options->source.channel,
                     "Channel of the input, from 0, or the mean of all, instead of the model's");
  command
      ->add_option("--gain", options->source.gain_db,
                   "dB added to the input, for a microphone less sensitive than the one used for training")
      ->check(CLI::Range(-60.0, 60.0));
  command->add_option("--on-event", options->on_event,
                      "Shell command to run when an event begins; AUSCULT_EVENT holds the event as JSON");
  command->add_option("--event-log", options->event_log, "Append events to this file, one JSON object per line");
  command->add_option("--clip-dir", options->clip_dir, "Store each event's sound in this folder, as FLAC");
  command->add_flag("--keep-events", options->keep_events,
                    "Store events and their sound in the list that the window and `auscult events` show");
  command->footer(
      "Ctrl-C stops. Examples:\n  auscult listen pump.safetensors\n  auscult listen pump.safetensors --input night.wav "
      "--json > night.jsonl");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_listen(*options, context); }; });
}

}  // namespace auscult::cli
