#include "base/log.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

namespace auscult {
namespace {

struct LogState {
  std::mutex mutex;
  LogSink sink;
  LogLevel level = LogLevel::info;
  LogState() {
    const char* wanted = std::getenv("AUSCULT_LOG");
    if (wanted && std::strcmp(wanted, "debug") == 0) level = LogLevel::debug;
  }
};

LogState& state() {
  static LogState instance;
  return instance;
}

const char* prefix(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug: ";
    case LogLevel::info:
      return "";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::error:
      return "error: ";
  }
  return "";
}

}  // namespace

void set_log_sink(LogSink sink) {
  std::lock_guard lock(state().mutex);
  state().sink = std::move(sink);
}

void set_log_level(LogLevel level) {
  std::lock_guard lock(state().mutex);
  state().level = level;
}

bool log_enabled(LogLevel level) {
  std::lock_guard lock(state().mutex);
  return level >= state().level;
}

void log(LogLevel level, std::string_view text) {
  std::lock_guard lock(state().mutex);
  if (level < state().level) return;
  if (state().sink) {
    state().sink(level, text);
  } else {
    std::fprintf(stderr, "auscult: %s%.*s\n", prefix(level), static_cast<int>(text.size()), text.data());
  }
}

}  // namespace auscult
