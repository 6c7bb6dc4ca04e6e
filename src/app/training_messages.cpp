#include "app/training_messages.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace auscult {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr auto kBetweenLines = std::chrono::milliseconds(100);
// Stages with a special meaning; all others are progress.
constexpr const char* kLossStage = "loss";
constexpr const char* kErrorStage = "error";

ordered_json object_of(const StageMessage& message) {
  return {{"stage", message.stage},
          {"done", message.done},
          {"total", message.total},
          {"unit", message.unit},
          {"seconds", message.seconds}};
}

ordered_json object_of(const LossMessage& message) {
  return {{"stage", kLossStage},
          {"detector", message.point.detector},
          {"model", message.point.model},
          {"done", message.point.step},
          {"unit", "steps"},
          {"loss", message.point.loss},
          {"seconds", message.seconds}};
}

ordered_json object_of(const Error& error) {
  return {{"stage", kErrorStage},
          {"code", to_string(error.code)},
          {"what", error.what},
          {"context", error.context},
          {"hint", error.hint}};
}

// Lenient: a newer program may write other fields and types.
double number(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number() ? it->get<double>() : 0.0;
}

std::uint64_t count(const json& object, const char* key) {
  constexpr double kMost = 9007199254740992.0;  // 2^53: a double cannot represent all integers above it
  return static_cast<std::uint64_t>(std::clamp(number(object, key), 0.0, kMost));
}

std::string text(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// An unknown code comes from another version of the program.
ErrorCode code_named(std::string_view name) {
  for (int code = 0; code < static_cast<int>(ErrorCode::internal); ++code)
    if (name == to_string(static_cast<ErrorCode>(code))) return static_cast<ErrorCode>(code);
  return ErrorCode::internal;
}

}  // namespace

std::string to_json(const TrainingMessage& message) {
  const ordered_json object = std::visit([](const auto& kind) { return object_of(kind); }, message);
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::optional<TrainingMessage> parse_training_message(const std::string& line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("stage") || !object["stage"].is_string()) return std::nullopt;
  const std::string stage = text(object, "stage");
  if (stage == kErrorStage)
    return Error{.code = code_named(text(object, "code")),
                 .what = text(object, "what"),
                 .context = text(object, "context"),
                 .hint = text(object, "hint")};
  if (stage == kLossStage)
    return LossMessage{.point = {.detector = text(object, "detector"),
                                 .model = static_cast<int>(std::clamp(number(object, "model"), 0.0, 1e6)),
                                 .step = count(object, "done"),
                                 .loss = number(object, "loss")},
                       .seconds = number(object, "seconds")};
  return StageMessage{.stage = stage,
                      .done = count(object, "done"),
                      .total = count(object, "total"),
                      .unit = text(object, "unit"),
                      .seconds = number(object, "seconds")};
}

TrainingMessageWriter::TrainingMessageWriter(Sink sink) : sink_(std::move(sink)) {}

void TrainingMessageWriter::progress(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const bool edge = progress.stage != stage_ || (progress.total > 0 && progress.done >= progress.total);
  if (!edge && now - last_line_ < kBetweenLines) return;
  stage_ = progress.stage;
  last_line_ = now;
  write(StageMessage{.stage = progress.stage,
                     .done = progress.done,
                     .total = progress.total,
                     .unit = progress.unit,
                     .seconds = seconds()});
}

void TrainingMessageWriter::loss(const LossPoint& point) {
  const std::lock_guard lock(mutex_);
  Curve& curve = curves_[point.detector];
  const auto now = Clock::now();
  if (curve.model == point.model && now - curve.last_line < kBetweenLines) return;
  curve = {.model = point.model, .last_line = now};
  write(LossMessage{.point = point, .seconds = seconds()});
}

void TrainingMessageWriter::write(const TrainingMessage& message) {
  sink_(to_json(message) + "\n");
}

}  // namespace auscult
