// Waits for another thread or program. Tests wait for conditions instead of sleeping for a fixed time; only the absence
// of an event takes its whole time. Test-only, header-only.
#pragma once

#include <chrono>
#include <thread>
#include <utility>

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

/// Checks `condition` for all of `duration`, for states that must not change. False: it failed once.
template <class Condition>
bool holds_for(std::chrono::milliseconds duration, Condition condition) {
  return !eventually([&] { return !condition(); }, duration);
}

/// Waits until `value()` has stayed equal for `still`, at most for `deadline`. False: it never did.
template <class Value>
bool settles(Value value, std::chrono::milliseconds still,
             std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
  auto last = value();
  auto since = std::chrono::steady_clock::now();
  return eventually(
      [&] {
        auto now = value();
        if (now != last) since = std::chrono::steady_clock::now();
        last = std::move(now);
        return std::chrono::steady_clock::now() - since >= still;
      },
      deadline);
}

}  // namespace auscult::test
