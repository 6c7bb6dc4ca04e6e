// What the monitor reports of an event, as the record that is kept of it. Thread rule: free functions on values.
#pragma once

#include <string>

#include "events/event_record.h"
#include "monitor/live_monitor.h"

namespace auscult {

/// The record of what a monitor reports; `run` as new_run_name() made it.
EventRecord make_record(const EventNotice& notice, const Model& model, std::string model_name, std::string source, std::string run);

/// {"type": "event", "edge": "began" | "ended", "id", "start_s", "end_s", "duration_s", "peak_score", "peak_s", "threshold",
/// "detector", "bands": where it was most unusual, [{"from_hz", "to_hz", "share"}], "wall_time" (ISO 8601, UTC), "source", "model",
/// "clip", "verdict": "unknown"}.
std::string event_json(const EventNotice& notice, const Model& model, const std::string& source);

}  // namespace auscult
