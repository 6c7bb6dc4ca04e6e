#include "json_progress.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/worker.h"

namespace auscult::cli {
namespace {

constexpr auto kBetweenLines = std::chrono::milliseconds(100);

// One write per line, so that a reader never sees part of a line.
void write_line(const nlohmann::ordered_json& object) {
  const std::string line = object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

ProgressFunction JsonProgress::function() {
  return [this](const Progress& progress) { update(progress); };
}

void JsonProgress::update(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const bool edge = progress.stage != stage_ || (progress.total > 0 && progress.done >= progress.total);
  if (!edge && now - last_line_ < kBetweenLines) return;
  stage_ = progress.stage;
  last_line_ = now;
  write_line({{"stage", progress.stage},
              {"done", progress.done},
              {"total", progress.total},
              {"unit", progress.unit},
              {"seconds", seconds()}});
}

void JsonProgress::loss(const LossPoint& point) {
  const std::lock_guard lock(mutex_);
  Curve& curve = curves_[point.detector];
  const auto now = Clock::now();
  if (curve.model == point.model && now - curve.last_line < kBetweenLines) return;
  curve = {point.model, now};
  write_line({{"stage", "loss"},
              {"detector", point.detector},
              {"model", point.model},
              {"done", point.step},
              {"unit", "steps"},
              {"loss", point.loss},
              {"seconds", seconds()}});
}

void cancel_when_stdin_ends(CancelFlag& cancel) {
  const Status started = Worker::run_unattended("stdin", [&cancel](std::stop_token) {
    char byte = 0;
    for (;;) {
      const ssize_t n = read(STDIN_FILENO, &byte, 1);
      if (n == 0 || (n < 0 && errno != EINTR)) break;
    }
    cancel.request();
  });
  if (!started) log(LogLevel::warning, to_message(started.error()));
}

}  // namespace auscult::cli
