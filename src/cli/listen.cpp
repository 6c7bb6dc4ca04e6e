// auscult listen: the live monitor without a window.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "app/places.h"
#include "app/source_spec.h"
#include "base/detached_command.h"
#include "channel_option.h"
#include "commands.h"
#include "console.h"
#include "detect/calibration.h"
#include "events/event.h"
#include "events/event_archive.h"
#include "listen_options.h"
#include "live_end.h"
#include "monitor/live_monitor.h"

namespace auscult::cli {
namespace {

using nlohmann::ordered_json;

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
      std::printf("%9.2f s  alarm ended after %.2f s, peak %s at %.2f s\n", event.end_s, event.duration_s(),
                  score_text(event.peak_score, event.threshold).c_str(), event.peak_s);
      if (!event.clip.empty()) awaited_.push_back(event);
    }
    std::fflush(stdout);
    if (!options_.on_event.empty() && !event.ended)
      (void)run_detached({"/bin/sh", "-c", options_.on_event},
                         {{"AUSCULT_EVENT", json}});  // a failure does not stop monitoring
  }

  /// Names the sound of events once it is there: seconds after an event has ended, or never.
  void clips() {
    std::erase_if(awaited_, [](const Event& event) {
      std::error_code error;
      if (!std::filesystem::exists(event.clip, error)) return false;
      std::printf("%9.2f s  sound of the alarm at %.2f s in %s\n", event.end_s, event.start_s, event.clip.c_str());
      std::fflush(stdout);
      return true;
    });
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
                           {"captured", status.health.captured},
                           {"analyzed", status.analyzed},
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
             {"analyzed", status.analyzed},
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
  std::vector<Event> awaited_;                // their sound is not there yet
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
    if (archive_) close_and_report(*archive_);
  }

 private:
  std::optional<EventArchive> archive_;
  std::string model_name_, run_ = new_run_name();
};

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

// Until the source ends, enough was heard, or the user stops it.
void listen_to(LiveMonitor& monitor, const ListenOptions& options, const CancelFlag& cancel, Printer& printer,
               KeptEvents& events) {
  auto next_status = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (!cancel.requested()) {
    const LiveStatus status = monitor.status();
    const bool done =
        status.finished || status.error || (options.seconds > 0 && status.stream_time_s >= options.seconds);
    drain(monitor, printer, events);
    if (done) break;
    if (std::chrono::steady_clock::now() >= next_status) {
      next_status += std::chrono::seconds(1);
      printer.clips();
      if (!options.hurried()) printer.tick(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

int exit_code_for(const LiveStatus& status, const ListenOptions& options, bool interrupted) {
  const bool recording = !options.source.live() && !options.source.stream();
  if (status.error) {
    std::fprintf(stderr, "auscult: error: %s\n", to_message(*status.error).c_str());
    return options.source.live() ? kExitDevice : kExitInput;
  }
  if (status.frames == 0 && status.invalid_samples > 0 && !options.source.live())
    return report(
        {ErrorCode::invalid_samples,
         std::to_string(status.invalid_samples) +
             " samples are not finite or larger than 8, and no usable stretch is left",
         options.source.recording.string(),
         "if the samples are integers stored as float, use `auscult score --scale 3.0517578125e-05`; otherwise record "
         "again"});
  if (status.frames == 0 && !interrupted && !options.source.live())
    return report({ErrorCode::too_short, "is too short for one frame", options.source.recording.string(),
                   "use a longer recording"});
  return interrupted && recording ? kExitInterrupted : kExitOk;
}

int run_listen(ListenOptions options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(model.error());
  if (auto described = describe_input(options); !described) return report(described.error());
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
  listen_to(monitor, options, context.cancel, printer, events);
  monitor.stop();
  const LiveStatus status = monitor.status();
  drain(monitor, printer, events);
  printer.clips();
  events.close();
  printer.summary(status);
  return leave(exit_code_for(status, options, context.cancel.requested()));
}

}  // namespace

void add_listen(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("listen", "Monitor a device (or a recording) and report alarms, without a window");
  auto options = std::make_shared<ListenOptions>();
  command->add_option("MODEL", options->model, "A model file from auscult train")->required();
  auto* device = command->add_option("--device", options->source.device,
                                     "Input device, as `auscult devices` names it (default: the default input)");
  auto* input = command
                    ->add_option("--input", options->source.recording,
                                 "Listen to this recording instead of a device; - or the name of a pipe: to WAV or raw "
                                 "samples as they arrive")
                    ->excludes(device);
  command
      ->add_option(
          "--raw", options->raw,
          "The input has no header: FORMAT:RATE:CHANNELS, such as s16le:48000:2 (u8 s8 s16 s24 s32 f32 f64, le "
          "or be)")
      ->needs(input);
  command
      ->add_option("--started", options->started,
                   "When the recording was made, for the time of its events, instead of what the file says: "
                   "2026-01-31T08:30:00+01:00")
      ->needs(input);
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
      "Ctrl-C, SIGTERM and a closed terminal (SIGHUP) stop it: an active alarm is ended and stored; the exit code is 0 "
      "on a device or stream and 130 on a recording.\n"
      "Events of a recording have its own time: of a broadcast WAV's origination, of its name "
      "(..._20260131_083000.wav), or of its last change minus its length.\n"
      "Examples:\n  auscult listen pump.safetensors\n  auscult listen pump.safetensors --input night.wav "
      "--json > night.jsonl\n  arecord -f S16_LE -r 48000 -c 2 -t raw | auscult listen pump.safetensors --input - "
      "--raw "
      "s16le:48000:2");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_listen(*options, context); }; });
}

}  // namespace auscult::cli
