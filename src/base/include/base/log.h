// Diagnostics, one line at a time, to stderr unless a sink is set. Never called from the audio callback. Thread rule:
// log() from any thread; set_log_sink() before threads start.
#pragma once

#include <functional>
#include <string_view>

namespace auscult {

enum class LogLevel { debug, info, warning, error };

using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Replaces the destination (for a test, or the window's diagnostics); an empty sink restores stderr.
void set_log_sink(LogSink sink);
/// Lines below this level are dropped; info by default, AUSCULT_LOG=debug in the environment lowers it.
void set_log_level(LogLevel level);
/// Whether lines of this level are logged: check before building an expensive one.
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view text);

}  // namespace auscult
