// Progress for the program that started this one: one JSON object per line on stderr (docs/cli.md). Thread rule:
// update() and loss() from any thread, each from one thread at a time.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "base/progress.h"
#include "training/train_job.h"

namespace auscult::cli {

class JsonProgress {
 public:
  /// {"stage", "done", "total", "unit", "seconds"}; at most ten lines a second, but always the first and last of a
  /// stage.
  void update(const Progress& progress);
  /// {"stage": "loss", "detector", "model", "done": steps, "unit": "steps", "loss", "seconds"}; at most ten lines a
  /// second per detector, but always the first of a curve.
  void loss(const LossPoint& point);
  /// For JobControl; this object must outlive it.
  ProgressFunction function();

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  std::mutex mutex_;
  std::string stage_;
  Clock::time_point start_ = Clock::now(), last_line_{};
  struct Curve {
    int model = -1;
    Clock::time_point last_line{};
  };
  std::map<std::string, Curve> curves_;  // by detector
};

/// Cancels the work when standard input ends: a program that holds the other end of the pipe ends this one with it,
/// however it dies. The waiting thread lives as long as the process.
void cancel_when_stdin_ends(CancelFlag& cancel);

}  // namespace auscult::cli
