#include "base/worker.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace auscult {

// One run of a body, shared by the worker and its thread.
struct Worker::State {
  std::stop_source stop;
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  bool ended = false;
  std::optional<Error> failure;

  void run(const std::string& name, Body body) noexcept;

 private:
  void fail(const std::string& name, const char* what) noexcept;
};

void Worker::State::run(const std::string& name, Body body) noexcept {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  try {
    body(stop.get_token());
  } catch (const std::exception& exception) {
    fail(name, exception.what());
  } catch (...) {
    fail(name, "unknown exception");
  }
  try {
    body = nullptr;  // destroys the captures before join() returns
  } catch (...) {
    fail(name, "exception while its state was destroyed");
  }
  {
    const std::lock_guard lock(mutex);
    ended = true;
  }
  changed.notify_all();
}

void Worker::State::fail(const std::string& name, const char* what) noexcept {
  try {
    const Error error{ErrorCode::internal, name + " stopped: " + what, {}, "start again; please report this"};
    {
      const std::lock_guard lock(mutex);
      failure = error;
    }
    log(LogLevel::error, to_message(error));
  } catch (...) {  // no memory for the report: the thread ends without one
  }
}

Worker::Worker(std::string name, std::optional<std::chrono::milliseconds> patience)
    : name_(std::move(name)), patience_(patience) {}

Worker::~Worker() {
  if (patience_) {
    join(*patience_);
  } else {
    join();
  }
}

std::shared_ptr<Worker::State> Worker::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Worker::set_state(std::shared_ptr<State> next) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(next);
}

Status Worker::run_unattended(const std::string& name, std::function<void()> body) {
  Worker worker(name);
  AUSCULT_TRY(worker.start([body = std::move(body)](std::stop_token) { body(); }));
  worker.thread_.detach();
  return {};
}

Status Worker::start(Body body) {
  if (running()) return fail(ErrorCode::internal, "a thread was started twice", name_, "please report this");
  if (thread_.joinable()) thread_.join();
  auto next = std::make_shared<State>();
  try {
    thread_ = std::thread([next, name = name_, body = std::move(body)]() mutable { next->run(name, std::move(body)); });
  } catch (const std::system_error& error) {
    return fail(ErrorCode::internal, std::string("the system cannot create a thread: ") + error.what(), name_,
                "close other programs, then start again");
  }
  set_state(std::move(next));
  return {};
}

void Worker::request_stop() {
  if (const auto current = state()) current->stop.request_stop();
}

bool Worker::join(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return true;
  request_stop();
  if (wait(patience)) {
    thread_.join();
    return true;
  }
  thread_.detach();
  set_state(nullptr);
  log(LogLevel::debug, name_ + " does not end; it is abandoned");
  return false;
}

void Worker::join() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

bool Worker::wait(std::chrono::milliseconds patience) const {
  const auto current = state();
  if (!current) return true;
  std::unique_lock lock(current->mutex);
  return current->changed.wait_for(lock, patience, [&] { return current->ended; });
}

bool Worker::running() const {
  const auto current = state();
  if (!current) return false;
  const std::lock_guard lock(current->mutex);
  return !current->ended;
}

std::optional<Error> Worker::failure() const {
  const auto current = state();
  if (!current) return std::nullopt;
  const std::lock_guard lock(current->mutex);
  return current->failure;
}

void run_side_by_side(const std::string& name, int threads, const std::function<void()>& work) {
  std::mutex mutex;
  std::exception_ptr first;
  const auto guarded = [&] {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
    }
  };
  {
    std::deque<Worker> helpers;  // the destructors wait
    for (int i = 1; i < threads; ++i)
      if (!helpers.emplace_back(name).start([&guarded](std::stop_token) { guarded(); })) break;
    guarded();
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace auscult
