// When a device counts as silent or gone, and when it is looked for again: rules about times alone, so that they can be
// tested without a device. Internal to the audio module. Thread rule: pure functions; one object, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "audio/sample_source.h"

namespace auscult {

/// A search for a device restarts PortAudio and takes up to this long.
inline constexpr std::chrono::milliseconds kLongestDeviceSearch{1500};

/// State of an open stream at `now_ns`, which was opened at `opened_ns` and called back last at `last_callback_ns` (0:
/// never); all by the steady clock. Nothing: the stream is stuck and must be opened again.
std::optional<SourceState> stream_state(std::int64_t now_ns, std::int64_t opened_ns, std::int64_t last_callback_ns);

/// Pauses between searches for a device that has gone. Each is twice as long as the one before, up to a second: if the
/// device returns just after a search has passed it, that search, the pause and the next search take 4 s.
class SearchPause {
 public:
  std::chrono::milliseconds next();

 private:
  std::chrono::milliseconds pause_{250};
};

}  // namespace auscult
