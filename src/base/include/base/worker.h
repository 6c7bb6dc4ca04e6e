// One named thread that can be stopped, and abandoned if it does not stop in time. An exception in its body is logged
// and stored as an Error; the rest of the program continues. Never used by the audio callback. Thread rule: start(),
// join() and the destructor from one thread; the rest from any. Ownership: the thread owns its body and the body's
// captures until the body has returned. A body that may be abandoned must therefore own everything that it touches, for
// example through a captured shared_ptr to its state.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "auscult/error.h"

namespace auscult {

class Worker {
 public:
  using Body = std::function<void(std::stop_token)>;

  /// Debuggers and `ps -T` show the name's first 15 bytes. `patience`: how long the destructor waits before it abandons
  /// the thread; without it, the destructor waits until the body has returned, and the body may use its owner's
  /// members.
  explicit Worker(std::string name, std::optional<std::chrono::milliseconds> patience = std::nullopt);
  ~Worker();  ///< stops
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs a body that nobody waits for, even at the end of the program. It must own everything that it touches. Errors:
  /// as start().
  static Status run_unattended(const std::string& name, std::function<void()> body);

  /// Runs `body` in a separate thread. A worker whose body has returned may be started again, which clears failure().
  /// Errors: internal if it is still running or the system cannot create a thread.
  Status start(Body body);
  /// Reaches the body through its stop_token; returns at once.
  void request_stop();
  /// Requests the stop and waits for it. False: the body did not return within `patience` and was abandoned; the worker
  /// is then as if never started, although the thread continues with what it owns. True if nothing was started.
  /// Idempotent.
  bool join(std::chrono::milliseconds patience);
  /// The same without a deadline.
  void join();
  /// Waits for the body to return, without requesting a stop or abandoning it. True if it has returned or was never
  /// started.
  bool wait(std::chrono::milliseconds patience) const;

  /// The body was started and has not returned. False after the thread was abandoned.
  bool running() const;
  /// What the body threw, if it ended with an exception.
  std::optional<Error> failure() const;

 private:
  struct State;
  std::shared_ptr<State> state() const;
  void set_state(std::shared_ptr<State> next);

  const std::string name_;
  const std::optional<std::chrono::milliseconds> patience_;
  mutable std::mutex mutex_;
  std::shared_ptr<State> state_;  // of the latest run; under the mutex
  std::thread thread_;
};

/// Calls `work` on `threads` threads, one of them the caller's, and returns when all calls have returned. If the system
/// cannot create that many threads, it uses fewer, so `work` must take tasks from a shared list until none is left. An
/// exception on any thread is thrown again on the caller's, after all calls have ended: the first one.
void run_side_by_side(const std::string& name, int threads, const std::function<void()>& work);

}  // namespace auscult
