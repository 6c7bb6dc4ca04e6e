// Waits for another thread. Test-only, header-only.
#pragma once

#include <chrono>
#include <thread>

namespace auscult::test {

/// Checks `condition` until it holds, at most for `deadline`. False: it never did.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace auscult::test
