// Unbounded queue between two threads that never loses an item; the lock is held only for one push or pop. Never used
// by the audio callback. Thread rule: any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace auscult {

template <class T>
class TaskQueue {
 public:
  void push(T item) {
    {
      std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
    }
    arrived_.notify_one();
  }
  std::optional<T> try_pop() {
    std::lock_guard lock(mutex_);
    return pop_locked();
  }
  /// Waits up to `timeout`.
  std::optional<T> pop(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, timeout, [&] { return !items_.empty(); });
    return pop_locked();
  }
  /// Waits up to `timeout`, or until a stop is requested (a Worker's token); remaining items can still be popped
  /// afterward.
  std::optional<T> pop(const std::stop_token& stop, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, stop, timeout, [&] { return !items_.empty(); });
    return pop_locked();
  }

 private:
  std::optional<T> pop_locked() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<T> items_;
};

}  // namespace auscult
