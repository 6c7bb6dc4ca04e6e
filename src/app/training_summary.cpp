#include "app/training_summary.h"

#include <nlohmann/json.hpp>

namespace auscult {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json held_out_json(const HeldOutScores& held_out) {
  ordered_json rates = ordered_json::array();
  for (const HeldOutScores::Rate& rate : held_out.rates)
    rates.push_back({{"per_hour", rate.per_hour}, {"threshold", rate.threshold}});
  return {{"bin_width", held_out.bin_width},
          {"histogram", held_out.histogram},
          {"clip_peaks", held_out.clip_peaks},
          {"finest_false_alarms_per_hour", held_out.finest_rate},
          {"rates", rates}};
}

ordered_json detectors_json(const std::vector<TrainingSummary::Detector>& detectors) {
  ordered_json list = ordered_json::array();
  for (const TrainingSummary::Detector& detector : detectors)
    list.push_back({{"name", detector.name},
                    {"rows", detector.rows},
                    {"steps", detector.steps},
                    {"first_objective", detector.first_objective},
                    {"last_objective", detector.last_objective},
                    {"ridge_escalations", detector.ridge_escalations},
                    {"held_out_windows", detector.held_out_windows},
                    {"amount", detector.amount}});
  return list;
}

ordered_json number_or_null(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

// For optional fields; a number that is not finite is written as null.
template <class Number>
Number number_or_zero(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number() ? it->get<Number>() : Number{};
}

HeldOutScores held_out_of(const json& object) {
  HeldOutScores held_out;
  held_out.bin_width = object.at("bin_width").get<double>();
  held_out.histogram = object.at("histogram").get<std::vector<std::uint64_t>>();
  held_out.clip_peaks = object.value("clip_peaks", std::vector<double>());
  held_out.finest_rate = object.at("finest_false_alarms_per_hour").get<double>();
  for (const json& rate : object.at("rates"))
    held_out.rates.push_back(
        {.per_hour = rate.at("per_hour").get<double>(), .threshold = rate.at("threshold").get<double>()});
  return held_out;
}

TrainingSummary::Detector detector_of(const json& object) {
  return {.name = object.value("name", ""),
          .rows = number_or_zero<std::int64_t>(object, "rows"),
          .steps = number_or_zero<std::int64_t>(object, "steps"),
          .first_objective = number_or_zero<double>(object, "first_objective"),
          .last_objective = number_or_zero<double>(object, "last_objective"),
          .ridge_escalations = number_or_zero<std::int64_t>(object, "ridge_escalations"),
          .held_out_windows = number_or_zero<std::uint64_t>(object, "held_out_windows"),
          .amount = object.value("amount", "")};
}

TrainingSummary::Added added_of(const json& object) {
  const auto peak = [&](const char* key) {
    return object.at(key).is_number() ? std::optional(object.at(key).get<double>()) : std::nullopt;
  };
  return {.file = object.at("file").get<std::string>(), .before = peak("before"), .after = peak("after")};
}

TrainingSummary summary_of(const json& object) {
  TrainingSummary summary;
  summary.model = object.value("model", "");
  summary.preset = object.value("preset", "");
  summary.machine = object.value("machine", "");
  summary.clips = object.at("clips").get<std::int64_t>();
  summary.held_out_clips = number_or_zero<std::int64_t>(object, "held_out_clips");
  summary.seconds_of_sound = object.at("seconds_of_sound").get<double>();
  summary.held_out_seconds = object.at("held_out_seconds").get<double>();
  summary.live_threshold = object.at("live_threshold").get<double>();
  summary.clip_threshold = number_or_zero<double>(object, "clip_threshold");
  for (const json& detector : object.value("detectors", json::array()))
    summary.detectors.push_back(detector_of(detector));
  for (const json& file : object.at("skipped"))
    summary.skipped.push_back({.file = file.value("file", ""), .error = file.value("error", "")});
  summary.warnings = object.value("warnings", std::vector<std::string>());
  summary.wall_seconds = number_or_zero<double>(object, "wall_seconds");
  summary.false_alarms_per_hour = number_or_zero<double>(object, "false_alarms_per_hour");
  const json& level = object.at("level");
  summary.level = {.low_dbfs = level.at("low_dbfs").get<float>(),
                   .high_dbfs = level.at("high_dbfs").get<float>(),
                   .off_dbfs = level.at("off_dbfs").get<float>()};
  summary.held_out = held_out_of(object.at("held_out"));
  for (const json& added : object.value("added", json::array())) summary.added.push_back(added_of(added));
  return summary;
}

}  // namespace

std::string to_json(const TrainingSummary& summary) {
  ordered_json skipped = ordered_json::array();
  for (const TrainingSummary::Skipped& file : summary.skipped)
    skipped.push_back({{"file", file.file}, {"error", file.error}});
  ordered_json object = {{"model", summary.model},
                         {"preset", summary.preset},
                         {"machine", summary.machine},
                         {"clips", summary.clips},
                         {"held_out_clips", summary.held_out_clips},
                         {"seconds_of_sound", summary.seconds_of_sound},
                         {"live_threshold", summary.live_threshold},
                         {"clip_threshold", summary.clip_threshold},
                         {"detectors", detectors_json(summary.detectors)},
                         {"skipped", skipped},
                         {"warnings", summary.warnings},
                         {"wall_seconds", summary.wall_seconds},
                         {"false_alarms_per_hour", summary.false_alarms_per_hour},
                         {"held_out_seconds", summary.held_out_seconds},
                         {"level",
                          {{"low_dbfs", summary.level.low_dbfs},
                           {"high_dbfs", summary.level.high_dbfs},
                           {"off_dbfs", summary.level.off_dbfs}}},
                         {"held_out", held_out_json(summary.held_out)}};
  // Too short for an event: null, because JSON has no infinity.
  for (const TrainingSummary::Added& added : summary.added)
    object["added"].push_back(
        {{"file", added.file}, {"before", number_or_null(added.before)}, {"after", number_or_null(added.after)}});
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<TrainingSummary> parse_training_summary(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("live_threshold"))
    return fail(ErrorCode::bad_input, "not a training report");
  try {
    return summary_of(object);
  } catch (const json::exception& problem) {
    return fail(ErrorCode::bad_input, "not a training report", problem.what());
  }
}

}  // namespace auscult
