// One named thread that can be stopped, and left behind when it does not stop in time: an exception in its body is
// logged and kept as an Error, and the rest of the program goes on. Never used by the audio callback. Thread rule:
// start(), join() and the destructor from one thread; the rest from any. Ownership: the thread owns its body and what
// the body captured, until the body has returned. A body that may be left behind must therefore own all that it
// touches, which is what a captured shared_ptr to its state does.
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

  /// The name is what debuggers and `ps -T` show, its first 15 bytes. `patience`: how long the destructor waits before
  /// it leaves the thread behind; without it the destructor waits until the body has returned, and the body may use its
  /// owner's members.
  explicit Worker(std::string name, std::optional<std::chrono::milliseconds> patience = std::nullopt);
  ~Worker();  ///< stops
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// For a body that nobody waits for, to the end of the program. It must own all that it touches. Errors: as start().
  static Status run_unattended(const std::string& name, Body body);

  /// Runs `body` on a thread of its own. A worker whose body has returned may be started again, which clears failure().
  /// Errors: internal when it is still running or the system has no thread to give.
  Status start(Body body);
  /// Reaches the body through its stop_token; returns at once.
  void request_stop();
  /// Requests the stop and waits for it. False: the body did not return within `patience` and was left behind; the
  /// worker is then as if never started, but for what the thread still does with what it owns. True when nothing was
  /// started. Idempotent.
  bool join(std::chrono::milliseconds patience);
  /// The same without a deadline.
  void join();
  /// Waits for the body to return, without requesting a stop and without leaving it behind. True when it has, or was
  /// never started.
  bool wait(std::chrono::milliseconds patience) const;

  /// The body was started and has not returned. False once the thread was left behind.
  bool running() const;
  /// What the body threw, after it has ended that way.
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

}  // namespace auscult
