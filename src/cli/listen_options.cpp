#include "listen_options.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "app/places.h"
#include "base/clock.h"
#include "base/shared_folders.h"
#include "base/times.h"
#include "console.h"
#include "events/event_database.h"
#include "result_file.h"

namespace auscult::cli {
namespace {

Status check_log(const ListenOptions& options) {
  std::error_code error;
  if (options.event_log.empty()) return {};
  const std::vector<std::filesystem::path> inputs = {options.model, options.source.recording};
  AUSCULT_TRY(check_not_replaced(options.event_log, ResultKind::text, inputs));
  const std::filesystem::path folder = std::filesystem::path(options.event_log).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  return check_appendable(options.event_log);
}

Status check_folder(const std::filesystem::path& folder) {
  (void)make_private_folders(folder);  // the next check fails then
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    return fail(ErrorCode::write_failed, "is not a folder and cannot be created", folder.string(),
                "name a folder for the sound of events: --clip-dir FOLDER");
  return check_writable((folder / "probe.flac").string());
}

// The list of events and their sound.
Status check_list(const ListenOptions& options) {
  AUSCULT_TRY_ASSIGN(const DataPlaces places, lasting_data_places());
  if (options.clip_dir.empty()) AUSCULT_TRY(check_folder(places.event_clips()));
  AUSCULT_TRY_ASSIGN(const EventDatabase database, EventDatabase::open(places.event_database()));
  if (database.set_aside()) std::fprintf(stderr, "auscult: warning: %s\n", to_message(*database.set_aside()).c_str());
  return {};
}

}  // namespace

double ListenOptions::status_interval() const {
  return status_s.value_or(json || isatty(STDOUT_FILENO) == 1 ? 1.0 : 3600.0);
}

Status check_places(const ListenOptions& options) {
  if (!options.clip_dir.empty()) AUSCULT_TRY(check_folder(options.clip_dir));
  if (options.keep_events) AUSCULT_TRY(check_list(options));
  return check_log(options);
}

Status describe_input(ListenOptions& options) {
  if (!options.raw.empty()) {
    AUSCULT_TRY_ASSIGN(options.source.raw, parse_raw_format(options.raw));
  }
  if (!options.started.empty()) {
    AUSCULT_TRY_ASSIGN(options.source.started_ms, parse_time(options.started, system_ms()));
  }
  if (options.source.stream() && options.source.pace == SourceSpec::Pace::real_time)
    return fail(ErrorCode::usage, "--realtime is for recordings in a file that has a header", {},
                "a stream has its own pace: leave out --realtime");
  return {};
}

LiveOptions live_options_for(const ListenOptions& options) {
  LiveOptions live = live_options(options.source);
  live.lossless = options.hurried() || options.source.stream();  // a pipe waits for its reader
  live.clip_dir = options.clip_dir;
  live.event_log = options.event_log;
  if (options.keep_events) {
    std::error_code error;
    live.clip_dir = options.clip_dir.empty() ? default_data_places().event_clips()
                                             : std::filesystem::absolute(options.clip_dir, error);
  }
  return live;
}

}  // namespace auscult::cli
