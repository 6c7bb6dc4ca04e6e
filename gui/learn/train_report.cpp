#include "gui/learn/train_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "gui/words.h"

namespace auscult::gui {
namespace {

using nlohmann::json;

// Shares of the training time, measured on recordings of 2 and 20 minutes.
struct Stage {
  const char* name;
  const char* words;
  double begin, share;
};
constexpr std::array<Stage, 5> kStages = {{{"finding recordings", "Finding the model's training recordings", 0.0, 0.0},
                                           {"reading", "Reading the recording", 0.0, 0.03},
                                           {"training", "Training", 0.03, 0.87},
                                           {"calibrating", "Calibrating on held-out normal sound", 0.90, 0.06},
                                           {"setting thresholds", "Setting the threshold", 0.96, 0.04}}};

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

double number(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number() ? it->get<double>() : 0.0;
}

void add_loss(const json& line, std::vector<LossCurve>& curves) {
  const std::string detector = line.value("detector", "");
  const int model = static_cast<int>(number(line, "model"));
  auto curve = std::find_if(curves.begin(), curves.end(),
                            [&](const LossCurve& c) { return c.detector == detector && c.model == model; });
  if (curve == curves.end()) curve = curves.insert(curves.end(), LossCurve{detector, model, {}, {}});
  curve->steps.push_back(number(line, "done"));
  curve->losses.push_back(number(line, "loss"));
}

}  // namespace

bool TrainProgress::read(const std::string& line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("stage") || !object["stage"].is_string()) return false;
  seconds_ = std::max(seconds_, number(object, "seconds"));
  const std::string name = object["stage"].get<std::string>();
  if (name == "loss") {
    if (object.contains("detector") && object["detector"].is_string()) add_loss(object, curves_);
    return true;
  }
  const auto stage = std::find_if(kStages.begin(), kStages.end(), [&](const Stage& s) { return name == s.name; });
  if (stage == kStages.end()) {
    stage_ = name;  // a newer program may report other stages
    return true;
  }
  const double total = number(object, "total"),
               share = total > 0 ? std::clamp(number(object, "done") / total, 0.0, 1.0) : 0.0;
  stage_ = stage->words;
  fraction_ = std::max(fraction_, stage->begin + stage->share * share);
  return true;
}

std::optional<double> TrainProgress::seconds_left() const {
  if (seconds_ < 2.0 || fraction_ < 0.05) return std::nullopt;
  return seconds_ / fraction_ * (1.0 - fraction_);
}

Result<TrainResult> parse_train_result(const std::string& text_of_json) {
  const json object = json::parse(text_of_json, nullptr, false);
  if (!object.is_object() || !object.contains("live_threshold"))
    return fail(ErrorCode::bad_input, "not a training report");
  TrainResult result;
  try {
    result.seconds_of_sound = object.at("seconds_of_sound").get<double>();
    result.held_out_seconds = object.at("held_out_seconds").get<double>();
    result.wall_seconds = object.value("wall_seconds", 0.0);
    result.clips = object.at("clips").get<std::int64_t>();
    result.skipped = static_cast<int>(object.at("skipped").size());
    result.threshold = object.at("live_threshold").get<double>();
    const json& level = object.at("level");
    result.low_dbfs = level.at("low_dbfs").get<double>();
    result.high_dbfs = level.at("high_dbfs").get<double>();
    result.off_dbfs = level.at("off_dbfs").get<double>();
    const json& held_out = object.at("held_out");
    result.bin_width = held_out.at("bin_width").get<double>();
    result.histogram = held_out.at("histogram").get<std::vector<std::uint64_t>>();
    result.asked_rate = object.value("false_alarms_per_hour", 0.0);
    result.finest_rate = held_out.at("finest_false_alarms_per_hour").get<double>();
    for (const json& rate : held_out.at("rates"))
      result.rates.push_back({rate.at("per_hour").get<double>(), rate.at("threshold").get<double>()});
    for (const json& added : object.value("added", json::array())) {
      const auto peak = [&](const char* key) {
        return added.at(key).is_number() ? std::optional(added.at(key).get<double>()) : std::nullopt;
      };
      result.added.push_back({added.at("file").get<std::string>(), peak("before"), peak("after")});
    }
  } catch (const json::exception& problem) {
    return fail(ErrorCode::bad_input, "not a training report", problem.what());
  }
  return result;
}

std::string rate_text(double per_hour) {
  const auto alarms = [](double n, const char* per) {
    const std::string count = n < 9.5 ? text("%.2g", n) : text("%.0f", n);
    return "about " + count + (count == "1" ? " false alarm " : " false alarms ") + per;
  };
  return per_hour < 0.95 ? alarms(24.0 * per_hour, "per day") : alarms(per_hour, "per hour");
}

std::string own_threshold_text(const TrainResult& result) {
  if (result.asked_rate >= result.finest_rate && result.asked_rate > 0.0)
    return "As calibrated: " + rate_text(result.asked_rate);
  return "Cautious: above anything that would have raised an alarm, with a margin";
}

std::string supported_rate_text(const TrainResult& result) {
  return format_duration(result.held_out_seconds) + " of held-out normal sound can confirm a rate of " +
         rate_text(result.finest_rate) + ", but no lower one. A lower rate requires a longer recording.";
}

}  // namespace auscult::gui
