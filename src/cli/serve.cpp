// auscult serve: many sources at once, without a window, until it is stopped.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "app/places.h"
#include "base/clock.h"
#include "base/detached_command.h"
#include "base/shared_folders.h"
#include "base/times.h"
#include "commands.h"
#include "console.h"
#include "detect/calibration.h"
#include "events/event_archive.h"
#include "events/event_database.h"
#include "events/event_kind.h"
#include "live_end.h"
#include "service/delivery.h"
#include "service/fleet.h"
#include "service/metrics.h"
#include "service/service_config.h"
#include "service/service_manager.h"
#include "service/status_server.h"

namespace auscult::cli {
namespace {

constexpr auto kPollPause = std::chrono::milliseconds(50);

std::atomic<bool> g_reload{false};
extern "C" void on_reload(int) {
  g_reload = true;
}

struct ServeOptions {
  std::filesystem::path config;
  bool check = false;
};

// One line for a journal, which has its own times, or for people.
void say(const std::string& text) {
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  if (journal)
    std::printf("%s\n", text.c_str());
  else
    std::printf("%s  %s\n", local_time(system_ms()).c_str(), text.c_str());
  std::fflush(stdout);
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

void say_event(const SourceEvent& happened) {
  const Event& event = happened.event;
  if (kind_of(event) == std::string("drift")) {
    say(happened.source + (event.ended ? ": drift ended" : ": DRIFT: " + event.note));
    return;
  }
  const std::string quiet = happened.quiet ? " (quiet hours: nobody is notified)" : "";
  if (!event.ended)
    say(happened.source + ": ALARM begins (score " + score_text(event.peak_score, event.threshold) + ")" +
        (event.bands.empty() ? "" : ", strongest bands: " + to_text(event.bands)) + quiet);
  else
    say(happened.source + ": alarm ended after " + seconds_text(event.duration_s()) + ", peak " +
        score_text(event.peak_score, event.threshold));
}

// Says when a source gets or loses its sound, or its machine starts or stops.
class StateLog {
 public:
  void follow(const std::vector<SourceReport>& reports) {
    std::map<std::string, Told> now;
    for (const SourceReport& report : reports) {
      const Told told{report.source, report.message};
      const auto before = told_.find(report.name);
      const bool changed = before == told_.end()
                               ? report.source != SourceState::starting
                               : before->second.source != told.source ||
                                     (before->second.message != told.message && !told.message.empty());
      if (changed)
        say(report.name + ": " + to_string(report.source) + (report.message.empty() ? "" : ": " + report.message));
      now[report.name] = told;
    }
    told_ = std::move(now);
  }

 private:
  struct Told {
    SourceState source = SourceState::starting;
    std::string message;
  };
  std::map<std::string, Told> told_;
};

// The configuration, complete and without problems; prints what is wrong with it.
std::optional<ServiceConfig> usable_config(const std::filesystem::path& file, int& code) {
  const auto loaded = load_service_config(file);
  if (!loaded) {
    code = report(loaded.error());
    return std::nullopt;
  }
  std::vector<ConfigProblem> problems = loaded->problems;
  std::error_code error;
  for (const ServiceSource& source : loaded->config.sources)
    if (source.kind == SourceKind::recording && !source.place.empty() && !std::filesystem::exists(source.place, error))
      problems.push_back({source.line, source.name + ": there is no recording " + source.place, "correct the path"});
  if (problems.empty()) return loaded->config;
  std::fprintf(stderr, "%s", to_text(problems, file).c_str());
  code = kExitUsage;
  return std::nullopt;
}

int check_config(const ServiceConfig& config) {
  const auto models = check_models(config);
  if (!models) return report(models.error());
  std::printf("%s: %zu source(s), %zu model(s): can be used\n", config.file.c_str(), config.sources.size(), *models);
  return kExitOk;
}

Result<DataPlaces> places_of(const ServiceConfig& config) {
  DataPlaces places{.root = config.data};
  if (config.data.empty()) {
    AUSCULT_TRY_ASSIGN(places, lasting_data_places());
  }
  (void)make_private_folders(places.event_clips());  // opening the list fails otherwise, and says why
  (void)make_private_folders(places.root / "drift");
  AUSCULT_TRY_ASSIGN(const EventDatabase database, EventDatabase::open(places.event_database()));
  if (database.set_aside()) warn({to_message(*database.set_aside())});
  return places;
}

class Service {
 public:
  explicit Service(const DataPlaces& places)
      : data_(places.root),
        archive_(places.event_database()),
        fleet_({.clips = places.event_clips(), .drift = places.root / "drift"},
               [this](const SourceEvent& event) { happened(event); }) {}

  Status start(const ServiceConfig& config) {
    started_with_ = config;
    AUSCULT_TRY(delivery_.start(config, data_));
    AUSCULT_TRY(fleet_.apply(config));
    if (config.metrics) {
      AUSCULT_TRY_ASSIGN(server_, StatusServer::start(*config.metrics, pages()));
      say("metrics, health and status at http://" + config.metrics->host + ":" + std::to_string(server_->port()));
    }
    say(std::to_string(config.sources.size()) + " source(s)");
    notify_ready(summary());
    return {};
  }

  void run(const CancelFlag& cancel, const std::filesystem::path& file) {
    auto next_second = std::chrono::steady_clock::now();
    while (!cancel.requested()) {
      if (g_reload.exchange(false)) reload(file);
      fleet_.poll();
      if (std::chrono::steady_clock::now() >= next_second) {
        next_second += std::chrono::seconds(1);
        const auto reports = fleet_.reports();
        states_.follow(reports);
        delivery_.states(reports);
        notify_status(summary(), health_of(reports, 0.0).healthy);
      }
      std::this_thread::sleep_for(kPollPause);
    }
  }

  void stop() {
    notify_stopping();
    const auto reports = fleet_.reports();
    fleet_.stop();
    server_.reset();
    for (const DeliveryReport& left : delivery_.stop())
      warn({std::to_string(left.waiting) + " event(s) wait for the " + (left.to == "mqtt" ? "MQTT broker" : left.to) +
            " (" + left.trouble + "): they are sent when the service runs again"});
    std::uint64_t lost = 0;
    for (const SourceReport& report : reports) lost += report.lost;
    close_and_report(archive_);
    say("stopped: " + std::to_string(events_) + " event(s), " + std::to_string(lost) + " samples lost");
  }

 private:
  void happened(const SourceEvent& happened) {
    archive_.store(happened.event);
    if (!happened.quiet) delivery_.event(happened.source, to_json(happened.event));
    if (!happened.event.ended) ++events_;
    say_event(happened);
    if (happened.event.ended || happened.quiet || happened.on_event.empty()) return;
    const Status ran = run_detached({"/bin/sh", "-c", happened.on_event},
                                    {{"AUSCULT_EVENT", to_json(happened.event)}, {"AUSCULT_SOURCE", happened.source}});
    if (!ran) warn({happened.source + ": " + to_message(ran.error())});
  }

  void reload(const std::filesystem::path& file) {
    notify_reloading();
    int code = kExitOk;
    const auto config = usable_config(file, code);
    if (!config) {
      say("the configuration stays as it was");
    } else if (const auto change = fleet_.apply(*config); !change) {
      (void)report(change.error());
      say("the configuration stays as it was");
    } else {
      say("new configuration: " + std::to_string(change->started.size()) + " started, " +
          std::to_string(change->restarted.size()) + " restarted, " + std::to_string(change->stopped.size()) +
          " stopped, " + std::to_string(change->unchanged.size()) + " unchanged");
      for (const std::string& name : needing_restart(started_with_, *config))
        say(name + " has changed and needs a restart: it stays as it was");
    }
    notify_ready(summary());
  }

  StatusPages pages() {
    return {.metrics = [this] { return to_prometheus(fleet_.reports(), delivery_.reports()); },
            .status = [this] { return to_status_json(fleet_.reports(), delivery_.reports()); },
            .trouble = [this] { return health_of(fleet_.reports(), fleet_.seconds_since_poll()).reason; }};
  }

  std::string summary() const {
    std::size_t running = 0, alarms = 0;
    const auto reports = fleet_.reports();
    for (const SourceReport& report : reports) {
      running += report.source == SourceState::running ? 1 : 0;
      alarms += report.state == AlarmState::alarm ? 1 : 0;
    }
    return std::to_string(running) + " of " + std::to_string(reports.size()) + " sources have sound, " +
           std::to_string(alarms) + " alarm(s)";
  }

  const std::filesystem::path data_;
  ServiceConfig started_with_;
  EventArchive archive_;
  Delivery delivery_;
  std::uint64_t events_ = 0;
  StateLog states_;
  Fleet fleet_;
  std::unique_ptr<StatusServer> server_;  // before the fleet in destruction: it reads the fleet
};

int run_serve(const ServeOptions& options, CommandContext& context) {
  int code = kExitOk;
  const auto config = usable_config(options.config, code);
  if (!config) return code;
  if (options.check) return check_config(*config);
  std::signal(SIGHUP, on_reload);
  const auto places = places_of(*config);
  if (!places) return report(places.error());
  Service service(*places);
  if (const Status started = service.start(*config); !started) return report(started.error());
  service.run(context.cancel, options.config);
  service.stop();
  return leave(kExitOk);
}

}  // namespace

void add_serve(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("serve", "Monitor many sources at once, unattended");
  auto options = std::make_shared<ServeOptions>();
  command->add_option("CONFIG", options->config, "A TOML file that names sources and models")->required();
  command->add_flag("--check", options->check, "Check the configuration and its models, and end");
  command->footer(
      "SIGHUP reads the configuration again: unchanged sources go on without a gap. SIGTERM and Ctrl-C end it.\n"
      "Example:\n"
      "  [service]\n"
      "  metrics = \"127.0.0.1:9464\"\n\n"
      "  [[source]]\n"
      "  name = \"pump-1\"\n"
      "  model = \"pump.safetensors\"\n"
      "  command = \"ffmpeg -loglevel error -i rtsp://camera/1 -f s16le -ar 16000 -ac 1 -\"\n"
      "  raw = \"s16le:16000:1\"\n"
      "  quiet = [\"22:00-06:00\"]\n"
      "  on_event = \"notify-pager\"");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_serve(*options, context); }; });
}

}  // namespace auscult::cli
