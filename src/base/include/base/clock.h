// The two clocks: the system clock, for display, may jump; the steady clock is for measuring. Thread rule: any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace auscult {

/// Milliseconds since 1970, UTC.
inline std::int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Nanoseconds since some time before the program started.
inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace auscult
