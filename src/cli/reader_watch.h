// Stops work whose output nobody reads any more. Thread rule: made and destroyed by one thread; it has a thread of its
// own.
#pragma once

#include <atomic>

#include "base/progress.h"
#include "base/worker.h"

namespace auscult::cli {

class ReaderWatch {
 public:
  /// Sets `cancel` when the program that reads this pipe or socket has ended, also while there is nothing to print.
  /// Other descriptors are never left. `cancel` must outlive it.
  ReaderWatch(int descriptor, CancelFlag& cancel);
  ~ReaderWatch() { stop(); }
  ReaderWatch(const ReaderWatch&) = delete;
  ReaderWatch& operator=(const ReaderWatch&) = delete;

  void stop();
  bool left() const { return left_; }

 private:
  int wake_;
  std::atomic<bool> left_{false};
  Worker worker_{"reader-watch"};
};

}  // namespace auscult::cli
