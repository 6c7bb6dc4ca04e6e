// Options of `auscult listen`: what they say about the input, and whether the places that they name can be used. Thread
// rule: plain values; the functions run on the main thread.
#pragma once

#include <optional>
#include <string>

#include "app/source_spec.h"
#include "auscult/error.h"

namespace auscult::cli {

struct ListenOptions {
  std::string model, on_event, event_log, clip_dir, raw, started;
  SourceSpec source = {.pace = SourceSpec::Pace::as_fast_as_taken};
  bool json = false, keep_events = false;
  double seconds = 0.0;
  std::optional<double> threshold;  ///< overrides the model's
  std::optional<double> status_s;   ///< between status lines; 0: none

  /// A line a second would fill a journal: people who watch a terminal and programs get one, other outputs one an hour.
  double status_interval() const;
  /// A recording is read as fast as possible.
  bool hurried() const {
    return !source.live() && !source.stream() && source.pace == SourceSpec::Pace::as_fast_as_taken;
  }
};

/// Fills in what --raw and --started say about the input. Errors: usage.
Status describe_input(ListenOptions& options);

/// Reports unusable places before the first event. Errors: write_failed.
Status check_places(const ListenOptions& options);

/// With the window's folders, unless the command line names others. Precondition: check_places() succeeded.
LiveOptions live_options_for(const ListenOptions& options);

}  // namespace auscult::cli
