// An event, from the monitor that reports it to the database that stores it: what was detected, where, and the user's
// verdict; filters over events; and their export as text. Plain data and pure functions. Thread rule: values, no shared
// state. Units: seconds of stream time, u, Hz, milliseconds since 1970.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auscult/error.h"
#include "dsp/frequency_bands.h"

namespace auscult {

enum class Verdict { unknown, confirmed, false_alarm };
const char* to_string(Verdict verdict);  ///< "unknown", "confirmed", "false_alarm"
std::optional<Verdict> parse_verdict(std::string_view text);

/// Whether an event's sound exists.
enum class ClipState {
  none,     ///< never stored
  pending,  ///< the event is active, or its clip is being written
  kept,
  removed,  ///< deleted to stay within the quota (kClipQuotaBytes)
  missing,  ///< could not be written, or was moved
};
const char* to_string(ClipState state);

/// Identifies an event: ids start from 1 in each run.
struct EventRef {
  std::string run;      ///< names one period of listening; see new_run_name()
  std::int64_t id = 0;  ///< 1, 2, ... within the run
  bool operator==(const EventRef&) const = default;
};

struct Event {
  EventRef ref;
  bool ended = false;                 ///< false: active, or cut off by the end of the program
  double start_s = 0.0, end_s = 0.0;  ///< stream time
  double peak_score = 0.0;            ///< largest live fused score (u)
  double peak_s = 0.0;                ///< stream time
  double threshold = 0.0;             ///< u, in effect when it began
  std::string detector;               ///< the one with the peak
  std::vector<FrequencyBand> bands;   ///< attribution of the event, strongest first
  std::int64_t wall_time_ms = 0;      ///< at its start, ms since 1970: system clock, or the recording's own time
  std::string source;                 ///< device or file
  std::string model_name;             ///< file name without extension; may be empty
  std::string model_digest;
  std::filesystem::path clip;  ///< its sound; empty: not stored
  Verdict verdict = Verdict::unknown;
  std::string note;
  ClipState clip_state = ClipState::none;  ///< determined when records are read, never stored
  double duration_s() const { return end_s - start_s; }
  bool operator==(const Event&) const = default;
};

/// A name that no other run has: the time and the process.
std::string new_run_name();

/// Selects events. All given conditions must hold.
struct EventFilter {
  std::optional<Verdict> verdict = std::nullopt;
  std::optional<std::int64_t> since_ms = std::nullopt;  ///< wall time, ms since 1970
  double minimum_peak = 0.0;                            ///< u
  std::string text = {};  ///< occurs in note, detector, source or model name, in any case (ASCII)
  int limit = 0;          ///< 0: all
  int offset = 0;
  bool operator==(const EventFilter&) const = default;
};
/// Ignores limit and offset.
bool matches(const Event& record, const EventFilter& filter);
/// Newest first, the order of lists.
bool newer(const Event& a, const Event& b);

enum class ExportFormat {
  csv,
  jsonl,     ///< one object per line, fields as in to_json()
  audacity,  ///< a label track (File > Import > Labels)
};
std::optional<ExportFormat> parse_export_format(std::string_view text);  ///< "csv", "jsonl", "audacity"
const char* extension_of(ExportFormat format);                           ///< ".csv", ".jsonl", ".txt"

/// One JSON object without a line end: {"type": "event", "edge": "began" | "ended", "id", "start_s", "end_s",
/// "duration_s", "peak_score", "peak_s", "threshold", "detector", "bands": the strongest bands of its attribution,
/// [{"from_hz", "to_hz", "share"}], "wall_time" (ISO 8601, UTC), "source", "model", "verdict"}, and where known "note",
/// "model_name", "run", "clip", "clip_state".
std::string to_json(const Event& record);
/// In the given order, except that labels are in order of time: seconds since listening began or, for events of several
/// runs, since the first of these runs began.
std::string export_text(std::span<const Event> records, ExportFormat format);
/// The same as a file, written completely or not at all. Errors: write_failed.
Status export_events(std::span<const Event> records, ExportFormat format, const std::filesystem::path& path);

}  // namespace auscult
