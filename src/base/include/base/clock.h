// The two clocks: the system's, which people read and which may jump, and the steady one, which measures.
// Thread rule: any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace auscult {

/// Milliseconds since 1970, UTC.
inline std::int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Nanoseconds since some moment before the program began.
inline std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace auscult
