// Progress for a program that started this one: one JSON object a line on stderr (docs/cli.md). Thread rule: update()
// and loss() from any thread, one at a time each.
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
  /// {"stage", "done", "total", "unit", "seconds"}; at most ten lines a second, but every stage's first and last.
  void update(const Progress& progress);
  /// {"stage": "loss", "detector", "model", "done": steps, "unit": "steps", "loss", "seconds"}; at most ten lines a
  /// second of each detector, but every curve's first.
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

/// Ends this program's work when standard input ends: a program that starts this one and holds the other end of a pipe
/// takes it with it, however it dies. The thread that waits lives as long as the process.
void cancel_when_stdin_ends(CancelFlag& cancel);

}  // namespace auscult::cli
