// A program that works for the window: it runs with low priority, is read without blocking and ends with this object.
// Only this process holds the child's standard input: a child that watches it (auscult train --end-with-stdin) ends
// when this process does, however it dies. Thread rule: one object, one thread. Nothing blocks except the destructor,
// for at most half a second.
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
  /// Ends the program: SIGTERM, and SIGKILL shortly afterward.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  /// Reads new output and checks whether the program has ended. True if it has, or if something was read.
  bool poll();
  /// Complete lines from stderr, oldest first; after the program has ended, its last line counts as complete.
  std::vector<std::string> take_error_lines();
  /// All of stdout so far.
  const std::string& output() const { return output_; }
  /// Exit status, or 128 + the signal that ended it; nothing while it runs or output remains to be read.
  std::optional<int> exit_code() const { return exit_code_; }
  /// Sends SIGTERM; poll() sends SIGKILL if it has not ended three seconds later.
  void cancel();
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
