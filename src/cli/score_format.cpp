#include "score_format.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "base/printable.h"
#include "dsp/frequency_bands.h"

namespace auscult::cli {
namespace {
using nlohmann::ordered_json;

// File names may have any encoding; invalid UTF-8 is replaced by replacement characters.
std::string line_of(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Four significant digits suffice for contributions and keep files small.
ordered_json rounded(std::span<const float> values) {
  auto list = ordered_json::array();
  for (const float value : values) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", static_cast<double>(value));
    list.push_back(std::strtod(text, nullptr));
  }
  return list;
}

ordered_json why_json(const Model& model, std::span<const float> shares) {
  auto bands = ordered_json::array();
  for (const FrequencyBand& band : strongest_bands(shares, model.preset.frontend))
    bands.push_back({{"from_hz", std::round(band.from_hz)},
                     {"to_hz", std::round(band.to_hz)},
                     {"share", std::round(1000.0 * band.share) / 1000.0}});
  return {{"bins", rounded(shares)}, {"bands", std::move(bands)}};
}

ordered_json warnings_json(const std::vector<OddSound>& odd) {
  auto list = ordered_json::array();
  for (const OddSound& one : odd)
    list.push_back({{"kind", to_string(one.kind)}, {"message", one.title + " " + one.advice}});
  return list;
}

// A list in JSON, number by number, so that its length does not matter.
class NumberList {
 public:
  NumberList(const TextSink& sink, const std::string& name) : sink_(sink) { text_ = ",\"" + name + "\":["; }
  void add(const ordered_json& value) {
    if (!first_) text_ += ',';
    first_ = false;
    text_ += value.dump();
    if (text_.size() > kPiece) flush();
  }
  void end() {
    text_ += ']';
    flush();
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{32} * 1024;
  void flush() {
    sink_(text_);
    text_.clear();
  }
  const TextSink& sink_;
  std::string text_;
  bool first_ = true;
};

void write_steps(const StepSpool& spool, std::size_t d, StepRange range, bool with_why, const TextSink& sink) {
  using Value = ordered_json (*)(const SpooledStep&);
  const std::pair<const char*, Value> columns[] = {
      {"time", [](const SpooledStep& step) { return ordered_json(step.time_s); }},
      {"frame", [](const SpooledStep& step) { return ordered_json(step.frame); }},
      {"energy", [](const SpooledStep& step) { return ordered_json(step.energy); }},
      {"dagmm", [](const SpooledStep& step) { return ordered_json(step.dagmm); }},
      {"u", [](const SpooledStep& step) { return ordered_json(step.u); }}};
  for (const auto& [name, value] : columns) {
    NumberList list(sink, name);
    spool.for_each(d, range, [&, of = value](const SpooledStep& step) { list.add(of(step)); });
    list.end();
  }
  if (!with_why) return;
  NumberList list(sink, "why");
  spool.for_each_why(d, range, [&](std::span<const float> why) { list.add(rounded(why)); });
  list.end();
}

// Multiples of a decimal number, without the digits that only binary needs.
double microseconds(double seconds) {
  return std::round(1e6 * seconds) / 1e6;
}

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace

std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string dcase_line(const std::string& file, const std::string& value) {
  return csv_field(file_name(file)) + "," + value + "\n";
}

ScoreFormat::ScoreFormat(std::string format, const Model& model, bool spans, bool step_why)
    : format_(std::move(format)), model_(&model), spans_(spans), step_why_(step_why) {}

std::string ScoreFormat::header() const {
  if (format_ != "csv") return "";
  return spans_ ? "file,score,threshold,decision,events,start_s,end_s\n" : "file,score,threshold,decision,events\n";
}

void ScoreFormat::scored(const std::string& file, const RecordingScore& recording, const TextSink& sink) {
  if (!spans_)
    row({file, &recording.whole, recording.spool ? recording.spool->all() : std::vector<StepRange>{},
         static_cast<int>(recording.events.size()), 0.0, recording.whole.seconds},
        recording, sink);
  for (const SpanScore& span : recording.spans)
    row({file, span.score ? &*span.score : nullptr, span.steps, span.events, span.start_s, span.end_s}, recording,
        sink);
  offset_ += recording.whole.seconds;
}

std::string ScoreFormat::failed(const std::string& file, const Error& error) const {
  if (format_ == "csv") return csv_path(file) + (spans_ ? ",,,,,,\n" : ",,,,\n");
  if (format_ == "jsonl") return line_of({{"file", file}, {"error", to_string(error.code)}, {"message", error.what}});
  return "";
}

void ScoreFormat::row(const Row& row, const RecordingScore& recording, const TextSink& sink) const {
  if (format_ == "jsonl") return jsonl(row, recording, sink);
  if (format_ == "csv")
    sink(csv(row));
  else if (row.score)
    sink(format_ == "dcase" ? dcase_line(row.file, exact(row.score->score)) : audacity(row));
}

std::string ScoreFormat::csv(const Row& row) const {
  std::string text = csv_path(row.file) + ",";
  text += row.score
              ? exact(row.score->score) + "," + exact(row.score->threshold) + "," + (row.score->anomalous ? "1" : "0")
              : ",,";
  text += "," + std::to_string(row.events);
  char times[64];
  std::snprintf(times, sizeof times, ",%.12g,%.12g", row.start_s, row.end_s);
  if (spans_) text += times;
  return text + "\n";
}

void ScoreFormat::jsonl(const Row& row, const RecordingScore& recording, const TextSink& sink) const {
  ordered_json object = {{"file", row.file}};
  if (row.score) {
    object["score"] = row.score->score;
    object["threshold"] = row.score->threshold;
    object["decision"] = row.score->anomalous ? 1 : 0;
    object["running"] = row.score->running;
    if (!row.score->odd.empty()) object["warnings"] = warnings_json(row.score->odd);
    object["seconds"] = spans_ ? microseconds(row.score->seconds) : row.score->seconds;
    if (!spans_) object["invalid_samples"] = row.score->invalid_samples;
  } else {
    object["error"] = to_string(ErrorCode::not_enough_data);
    object["message"] = "no detector produced an energy in this span";
  }
  object["events"] = row.events;
  if (spans_) {
    object["start_s"] = microseconds(row.start_s);
    object["end_s"] = microseconds(row.end_s);
  }
  if (!row.score) return sink(line_of(object));
  if (!row.score->why.empty()) object["why"] = why_json(*model_, row.score->why);
  std::string text = line_of(object);
  text.resize(text.rfind('}'));
  sink(text + ",\"detectors\":[");
  for (std::size_t d = 0; d < row.score->detectors.size(); ++d) {
    ordered_json head = {{"name", model_->detectors[d].config.name}};
    if (row.score->detectors[d].steps > 0) head["pooled"] = row.score->detectors[d].energy;
    text = (d > 0 ? "," : "") + head.dump();
    text.pop_back();
    sink(text);
    if (recording.spool) write_steps(*recording.spool, d, row.steps[d], step_why_, sink);
    sink("}");
  }
  sink("]}\n");
}

// A label track over all files in order, as Audacity shows them when the files are appended.
std::string ScoreFormat::audacity(const Row& row) const {
  char line[96];
  std::snprintf(line, sizeof line, "%.6f\t%.6f\t%s %.3f ", offset_ + row.start_s, offset_ + row.end_s,
                row.score->anomalous ? "anomalous" : "normal", row.score->score);
  return line + printable(file_name(row.file)) + "\n";
}

}  // namespace auscult::cli
