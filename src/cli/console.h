// Terminal output shared by the subcommands: errors, and progress with rate and time left. Thread rule: the main
// thread; ProgressBar::update from one thread at a time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"

namespace auscult::cli {

/// Prints "auscult: error: ..." with its hint on stderr and returns the error's exit code.
int report(const Error& error);

/// Prints "auscult: warning: ..." for each line on stderr, without control characters.
void warn(const std::vector<std::string>& lines);

/// Reports before a long computation that its result could not be written: the folder is missing or read-only, or the
/// path is not a file.
Status check_writable(const std::string& path);

/// The same for a file that is appended to: only the file itself has to be writable, if it exists.
Status check_appendable(const std::string& path);

/// Succeeds if everything printed so far was written. Errors: write_failed (a full disk, a closed pipe).
Status flush_stdout();

/// Progress on stderr: one line, redrawn on a terminal, otherwise at most one line every ten seconds. Work that ends
/// within two seconds prints nothing.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  void update(const Progress& progress);
  /// A function for JobControl that updates this bar; the bar must outlive it.
  ProgressFunction function();
  /// Ends the line if one was drawn.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool drawn_ = false;
  std::string stage_;
  Clock::time_point stage_start_, job_start_, last_draw_;
};

}  // namespace auscult::cli
