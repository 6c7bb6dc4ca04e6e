// Messages of a training process to the program that started it: one JSON object per line on stderr (docs/cli.md). Only
// this file writes and parses these lines. Thread rule: TrainingMessageWriter is thread-safe; the functions are pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "auscult/error.h"
#include "base/progress.h"

namespace auscult {

/// Progress of the training.
struct StageMessage {
  std::string stage;
  std::uint64_t done = 0, total = 0;  ///< total 0: unknown
  std::string unit;
  double seconds = 0.0;  ///< since the program started
};

/// A point of a loss curve.
struct LossMessage {
  LossPoint point;
  double seconds = 0.0;
};

/// An Error is the last message.
using TrainingMessage = std::variant<StageMessage, LossMessage, Error>;

std::string to_json(const TrainingMessage& message);
/// Nothing if the line is not such a message but one for people.
std::optional<TrainingMessage> parse_training_message(const std::string& line);

/// Writes messages, at a limited rate.
class TrainingMessageWriter {
 public:
  /// Called with each complete line, including its newline.
  using Sink = std::function<void(const std::string& line)>;
  explicit TrainingMessageWriter(Sink sink);

  /// At most ten lines a second, but always the first and last of a stage.
  void progress(const Progress& progress);
  /// At most ten lines a second per detector, but always the first of a curve.
  void loss(const LossPoint& point);

 private:
  using Clock = std::chrono::steady_clock;
  struct Curve {
    std::optional<int> model;
    Clock::time_point last_line{};
  };
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void write(const TrainingMessage& message);

  const Sink sink_;
  const Clock::time_point start_ = Clock::now();
  std::mutex mutex_;
  // Under the mutex.
  std::string stage_;
  Clock::time_point last_line_{};
  std::map<std::string, Curve> curves_;  // by detector
};

}  // namespace auscult
