// Runs another program and measures it. Thread rule: any; each object one thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "auscult/error.h"

namespace auscult::bench {

struct ChildRun {
  int exit_code = -1;                                       ///< 128 + signal if one ended it
  std::string output;                                       ///< of stdout
  double wall_s = 0.0, processor_s = 0.0, memory_mb = 0.0;  ///< memory: largest resident size, looked at every 2 ms
  double first_output_s = 0.0;                              ///< until the first byte on stdout; 0: there was none
};

/// stderr is discarded, stdin is empty. Errors: program_missing.
Result<ChildRun> run_child(const std::vector<std::string>& command);

/// A program that runs beside this one until destruction, which ends it.
class Companion {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  /// `extra` is added to the environment. With `report`, its file descriptor 3 is a pipe to it. Errors:
  /// program_missing.
  static Result<Companion> start(const std::vector<std::string>& command, const Environment& extra,
                                 int* report = nullptr);
  ~Companion();
  Companion(Companion&& other) noexcept : process_(std::exchange(other.process_, -1)) {}
  Companion& operator=(Companion&&) = delete;

  double processor_s() const;  ///< so far
  bool running() const;

 private:
  explicit Companion(pid_t process) : process_(process) {}
  pid_t process_;
};

/// Next to this program. Errors: program_missing.
Result<std::string> sibling(const std::string& name);

}  // namespace auscult::bench
