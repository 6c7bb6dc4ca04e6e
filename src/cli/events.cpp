// auscult events: lists and exports the events that the window and `listen --keep-events` have stored.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/places.h"
#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/printable.h"
#include "base/times.h"
#include "commands.h"
#include "console.h"
#include "events/event_database.h"
#include "result_file.h"

namespace auscult::cli {
namespace {

struct EventsOptions {
  std::string database, verdict, since, text, output;
  std::string format;  ///< empty: a table for `list`, csv for `export`
  double minimum_peak = 0.0;
  int limit = 50;
  bool json = false, decimal_comma = false;
};

Result<EventFilter> filter_of(const EventsOptions& options) {
  EventFilter filter;
  if (!options.verdict.empty()) filter.verdict = parse_verdict(options.verdict);
  if (!options.since.empty()) {
    AUSCULT_TRY_ASSIGN(filter.since_ms, parse_time(options.since, system_ms()));
  }
  filter.minimum_peak = options.minimum_peak;
  filter.text = options.text;
  return filter;
}

Result<EventDatabase> open(const EventsOptions& options) {
  return EventDatabase::open(
      options.database.empty() ? default_data_places().event_database() : std::filesystem::path(options.database),
      EventDatabase::Mode::read_only);
}

void print_table(const std::vector<Event>& records) {
  std::printf("%-26s  %9s  %7s  %-10s  %-11s  %s\n", "Start", "Length", "Peak", "Detector", "Verdict", "Note");
  for (const Event& r : records) {
    char length[32] = "not ended";
    if (r.ended) std::snprintf(length, sizeof length, "%.1f s", r.duration_s());
    std::printf("%-26s  %9s  %7.1f  %-10s  %-11s  %s\n", local_time(r.wall_time_ms).c_str(), length, r.peak_score,
                r.detector.c_str(), to_string(r.verdict), printable(r.note).c_str());
  }
}

int run_list(const EventsOptions& options) {
  auto filter = filter_of(options);
  if (!filter) return report(filter.error());
  auto database = open(options);
  if (!database && database.error().code == ErrorCode::file_not_found && options.database.empty()) {
    std::fprintf(stderr, "auscult: no events are stored yet; the window and `listen --keep-events` store them\n");
    return kExitOk;
  }
  if (!database) return report(database.error());
  filter->limit = options.limit;
  const auto records = database->query(*filter);
  const auto matching = database->count(*filter);
  if (!records) return report(records.error());
  if (!matching) return report(matching.error());
  if (const auto format = parse_export_format(options.json ? "jsonl" : options.format)) {
    std::fputs(export_text(*records, *format).c_str(), stdout);
    return kExitOk;
  }
  if (!records->empty()) print_table(*records);
  std::fprintf(stderr, "%zu of %lld event(s)\n", records->size(), static_cast<long long>(*matching));
  return kExitOk;
}

int run_export(const EventsOptions& options) {
  const auto filter = filter_of(options);
  if (!filter) return report(filter.error());
  const ExportFormat format = parse_export_format(options.format).value_or(ExportFormat::csv);
  if (!options.output.empty())
    if (const Status writable = check_result(options.output, ResultKind::text); !writable)
      return report(writable.error());
  auto database = open(options);
  if (!database) return report(database.error());
  const auto records = database->query(*filter);
  if (!records) return report(records.error());
  std::string text = export_text(*records, format);
  if (options.decimal_comma && format == ExportFormat::csv) text = with_decimal_commas(text);
  if (options.output.empty()) {
    std::fputs(text.c_str(), stdout);
    return kExitOk;
  }
  if (const Status written = write_file_atomically(options.output, text); !written) return report(written.error());
  std::fprintf(stderr, "%zu event(s) written to %s\n", records->size(), options.output.c_str());
  return kExitOk;
}

void add_filter(CLI::App& command, EventsOptions& options) {
  command.add_option("--verdict", options.verdict, "Only events with this verdict")
      ->check(CLI::IsMember({"unknown", "confirmed", "false_alarm"}));
  command.add_option("--since", options.since,
                     "Only events since then: 2026-01-31, 2026-01-31T08:30 (local time, or with Z or +01:00), 7d, "
                     "12h");
  command.add_option("--text", options.text, "Only events with this text in note, detector, input or model");
  command.add_option("--min-peak", options.minimum_peak, "Only events with at least this peak anomaly score")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--database", options.database, "Database file (default: events.db in Auscult's data folder)");
}

void add_list(CLI::App& command, EventsOptions& options) {
  add_filter(command, options);
  command.add_option("--limit", options.limit, "At most this many; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  auto* format = command
                     .add_option("--format", options.format,
                                 "table; jsonl (one JSON object per line, as `listen --json` prints events); csv; "
                                 "audacity (label track)")
                     ->default_str("table")
                     ->check(CLI::IsMember({"table", "jsonl", "csv", "audacity"}));
  command.add_flag("--json", options.json, "The same as --format jsonl")->excludes(format);
}

}  // namespace

void add_events(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("events", "List or export the stored events");
  command->require_subcommand(0, 1);
  const auto options = std::make_shared<EventsOptions>();
  const auto list_events = [options, &context] { context.run = [options] { return run_list(*options); }; };
  add_list(*command, *options);
  command->callback([command, list_events] {
    if (command->get_subcommands().empty()) list_events();
  });

  auto* list = command->add_subcommand("list", "List the stored events, newest first; also without this word");
  add_list(*list, *options);
  list->callback(list_events);

  auto* exported = command->add_subcommand("export", "Export all stored events for other programs");
  add_filter(*exported, *options);
  exported
      ->add_option("--format", options->format,
                   "csv; jsonl (one JSON object per line, as `listen --json` prints events); audacity (label track)")
      ->default_str("csv")
      ->check(CLI::IsMember({"csv", "jsonl", "audacity"}));
  exported->add_flag("--decimal-comma", options->decimal_comma,
                     "With csv: 0,95 instead of 0.95, and semicolons between the columns");
  exported->add_option("-o,--output", options->output, "Output file, overwritten if it exists (default: stdout)");
  exported->callback([options, &context] { context.run = [options] { return run_export(*options); }; });
  command->footer(
      "Examples:\n  auscult events --verdict unknown\n  auscult events --format jsonl --limit 0\n  auscult events "
      "export --since 2026-01-31 --format audacity -o labels.txt");
}

}  // namespace auscult::cli
