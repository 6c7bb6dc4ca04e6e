// A program that works for the window: started with low priority, read without waiting, ended with it. Its standard
// input is a pipe that only this process holds: a child that watches it (auscult train --end-with-stdin) ends when this
// process does, however it dies. Thread rule: one object, one thread. Never waits longer than its destructor's half
// second.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::gui {

class ChildProcess {
 public:
  /// `argv[0]` is a path, or a name on PATH. Errors: internal (it cannot be started; says why).
  static Result<ChildProcess> start(const std::vector<std::string>& argv);
  /// Ends it: asks, and after a moment no longer asks.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  /// Takes what has been written since and looks whether it has ended. True when something was read or it ended.
  bool poll();
  /// Whole lines from stderr, oldest first; the last line of a child that has ended counts as whole.
  std::vector<std::string> take_error_lines();
  /// All of stdout so far.
  const std::string& output() const { return output_; }
  /// Exit status, or 128 + the signal that ended it; nothing while it runs, or while output is still to be read.
  std::optional<int> exit_code() const { return exit_code_; }
  /// SIGTERM; poll() sends SIGKILL when it has not ended three seconds later. At once, with `force`.
  void cancel(bool force = false);
  int pid() const { return pid_; }

 private:
  using Clock = std::chrono::steady_clock;
  ChildProcess() = default;
  void end() noexcept;
  static bool drain(int& fd, std::string& into);

  int pid_ = -1, in_ = -1, out_ = -1, err_ = -1;
  std::string output_, errors_;
  std::optional<int> ended_, exit_code_;
  std::optional<Clock::time_point> kill_at_, give_up_output_at_;
};

}  // namespace auscult::gui
