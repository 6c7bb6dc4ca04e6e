// Exports events as text for other programs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/csv.h"
#include "base/printable.h"
#include "base/times.h"
#include "events/event.h"
#include "events/event_kind.h"

namespace auscult {
namespace {

std::string number(double value, const char* format = "%.3f") {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

nlohmann::ordered_json bands_json(const std::vector<FrequencyBand>& bands) {
  auto list = nlohmann::ordered_json::array();
  for (const FrequencyBand& band : bands)
    list.push_back({{"from_hz", std::round(band.from_hz)},
                    {"to_hz", std::round(band.to_hz)},
                    {"share", std::round(1000.0 * band.share) / 1000.0}});
  return list;
}

std::string csv(std::span<const Event> records) {
  std::string text =
      "time,duration_s,peak_score,threshold,detector,bands,verdict,note,source,model_name,model,clip,clip_state,start_"
      "s,end_s,peak_s,run,id\n";
  for (const Event& r : records) {
    const std::string fields[] = {iso_time(r.wall_time_ms),
                                  r.ended ? number(r.duration_s()) : "",
                                  number(r.peak_score, "%.6g"),
                                  number(r.threshold, "%.6g"),
                                  r.detector,
                                  to_text(r.bands),
                                  to_string(r.verdict),
                                  r.note,
                                  r.source,
                                  r.model_name,
                                  r.model_digest,
                                  r.clip.string(),
                                  to_string(r.clip_state),
                                  number(r.start_s),
                                  r.ended ? number(r.end_s) : "",
                                  number(r.peak_s),
                                  r.ref.run,
                                  std::to_string(r.ref.id)};
    // Notes and names may begin like a formula; numbers do not begin with a sign here.
    for (const std::string& field : fields) text += (&field == fields ? "" : ",") + csv_text(field);
    text += "\n";
  }
  return text;
}

std::string words(Verdict verdict) {
  return verdict == Verdict::false_alarm ? "false alarm" : to_string(verdict);
}

std::string audacity(std::span<const Event> records) {
  std::vector<const Event*> sorted;
  for (const Event& record : records) sorted.push_back(&record);
  std::sort(sorted.begin(), sorted.end(), [](const Event* a, const Event* b) { return newer(*b, *a); });
  const bool one_run =
      std::all_of(sorted.begin(), sorted.end(), [&](const Event* r) { return r->ref.run == sorted.front()->ref.run; });
  double origin = std::numeric_limits<double>::infinity();
  const auto run_start = [](const Event& r) { return static_cast<double>(r.wall_time_ms) / 1000.0 - r.start_s; };
  for (const Event* r : sorted) origin = std::min(origin, run_start(*r));

  std::string text;
  for (const Event* r : sorted) {
    const double shift = one_run ? 0.0 : run_start(*r) - origin;
    const double end = r->ended ? r->end_s : std::max(r->start_s, r->peak_s);
    text += number(shift + r->start_s, "%.6f") + "\t" + number(shift + end, "%.6f") + "\t";
    text += printable("u " + number(r->peak_score, "%.1f") + " " + r->detector + ", " + words(r->verdict) +
                      (r->note.empty() ? "" : ": " + r->note)) +
            "\n";
  }
  return text;
}

}  // namespace

std::optional<ExportFormat> parse_export_format(std::string_view text) {
  if (text == "csv") return ExportFormat::csv;
  if (text == "jsonl") return ExportFormat::jsonl;
  if (text == "audacity") return ExportFormat::audacity;
  return std::nullopt;
}

const char* extension_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::csv:
      return ".csv";
    case ExportFormat::jsonl:
      return ".jsonl";
    case ExportFormat::audacity:
      return ".txt";
  }
  return ".txt";
}

std::string to_json(const Event& record) {
  nlohmann::ordered_json object = {{"type", "event"},
                                   {"edge", record.ended ? "ended" : "began"},
                                   {"kind", kind_of(record)},
                                   {"id", record.ref.id},
                                   {"start_s", record.start_s},
                                   {"end_s", record.end_s},
                                   {"duration_s", record.duration_s()},
                                   {"peak_score", record.peak_score},
                                   {"peak_s", record.peak_s},
                                   {"threshold", record.threshold},
                                   {"detector", record.detector},
                                   {"bands", bands_json(record.bands)},
                                   {"wall_time", iso_time(record.wall_time_ms)},
                                   {"source", record.source},
                                   {"model", record.model_digest},
                                   {"verdict", to_string(record.verdict)}};
  if (!record.note.empty()) object["note"] = record.note;
  if (!record.model_name.empty()) object["model_name"] = record.model_name;
  if (!record.ref.run.empty()) object["run"] = record.ref.run;
  if (!record.clip.empty()) object["clip"] = record.clip.string();
  if (record.clip_state != ClipState::none) object["clip_state"] = to_string(record.clip_state);
  // Names of files and devices may have any encoding; invalid UTF-8 is replaced by replacement characters.
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string export_text(std::span<const Event> records, ExportFormat format) {
  if (format == ExportFormat::csv) return csv(records);
  if (format == ExportFormat::audacity) return audacity(records);
  std::string text;
  for (const Event& record : records) text += to_json(record) + "\n";
  return text;
}

Status export_events(std::span<const Event> records, ExportFormat format, const std::filesystem::path& path) {
  return write_file_atomically(path, export_text(records, format));
}

}  // namespace auscult
