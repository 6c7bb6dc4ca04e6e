#include "program.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <regex>
#include <string>

#include "base/printable.h"
#include "console.h"
#include "reader_watch.h"

namespace auscult::cli {
namespace {

// CLI11 prints the limits of a range with all their digits, and calls "3,5" out of range.
std::optional<std::string> rejected_number(const std::string& message) {
  static const std::regex range("(.*): Value (.*) not in range (\\S+) to (\\S+)"),
      other("(?:Could not convert: )?(\\S+) = (.*)");
  std::smatch match;
  const bool in_range = std::regex_match(message, match, range);
  if (!in_range && !std::regex_match(message, match, other)) return std::nullopt;
  const auto is_number = [](const std::string& text) {
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
  };
  const std::string option = match[1], value = match[2];
  std::string with_point = value;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  if (value != with_point && is_number(with_point)) return option + ": " + value + " is no number; write " + with_point;
  if (!is_number(value)) return option + ": " + value + " is no number";
  if (!in_range) return std::nullopt;
  const double low = std::strtod(match[3].str().c_str(), nullptr), high = std::strtod(match[4].str().c_str(), nullptr);
  char limits[96];
  if (high < 1e15)
    std::snprintf(limits, sizeof limits, " is not between %.10g and %.10g", low, high);
  else
    std::snprintf(limits, sizeof limits, " is too small; it must be at least %.10g", low);
  return option + ": " + value + limits;
}

CancelFlag* g_cancel = nullptr;

extern "C" void on_interrupt(int number) {
  if (g_cancel) g_cancel->request();
  // Whoever presses Ctrl-C twice is in a hurry. A closed terminal sends several SIGHUP, which must not cut short what
  // the first one began.
  if (number == SIGINT) std::signal(number, SIG_DFL);
}

void catch_signals(CancelFlag& cancel) {
  g_cancel = &cancel;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  if (std::signal(SIGHUP, on_interrupt) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);  // nohup
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, CancelFlag& cancel, const std::function<int()>& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto message = rejected_number(error.what())) {
      std::fprintf(stderr, "auscult: error: %s\n", printable(*message).c_str());
      return kExitUsage;
    }
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  catch_signals(cancel);
  ReaderWatch watch(STDOUT_FILENO, cancel);
  try {
    const int code = run();
    watch.stop();
    const Status flushed = flush_stdout();
    if (!flushed && (code == kExitOk || watch.left())) return report(flushed.error());
    return watch.left() && code == kExitInterrupted ? kExitOutput : code;
  } catch (const std::exception& error) {
    return report(
        {ErrorCode::internal, error.what(), "unexpected failure", "please report this with the command line"});
  }
}

}  // namespace auscult::cli
