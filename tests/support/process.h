// Runs programs from tests and keeps what they print. Test-only; each call owns its child process.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace auscult::test {

struct ProcessResult {
  int exit_code = -1;  ///< exit status, or 128 + signal
  std::string out;     ///< all of stdout
  std::string err;     ///< all of stderr
  bool timed_out = false;
};

using Environment = std::map<std::string, std::string>;

/// Runs argv[0] (a path, or a name on PATH) and waits. Kills it after `timeout`.
ProcessResult run_process(const std::vector<std::string>& argv, const Environment& extra_environment = {},
                          std::chrono::seconds timeout = std::chrono::seconds(300));

/// A child that runs in the background; killed (its own process group) and reaped on destruction.
class BackgroundProcess {
 public:
  BackgroundProcess(const std::vector<std::string>& argv, const Environment& extra_environment,
                    const std::string& stdout_path, const std::string& stderr_path);
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  int pid() const { return pid_; }
  bool running();
  void signal(int number);
  /// Waits for the exit; -1 if it did not end in time.
  int wait(std::chrono::milliseconds timeout);

 private:
  int pid_ = -1;
  int exit_code_ = -1;
  bool reaped_ = false;
};

/// Path of a program from this build: "auscult", "auscult-gui", "auscult-bench".
std::string program(const std::string& name);

/// run_process on the built command line: auscult({"score", model, wav}).
ProcessResult auscult(std::vector<std::string> arguments, const Environment& extra_environment = {});

}  // namespace auscult::test
