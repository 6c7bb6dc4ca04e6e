#include "device_liveness.h"

#include <algorithm>
#include <utility>

namespace auscult {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSilentAfterNs = 1000 * kMs;
constexpr std::int64_t kFirstSampleNs = 3000 * kMs;   // a sound server may take 2 s for the first one
constexpr std::int64_t kReopenAfterNs = 10000 * kMs;  // silent for this long: the stream is stuck
constexpr std::chrono::milliseconds kLongestPause{1000};

}  // namespace

std::optional<SourceState> stream_state(std::int64_t now_ns, std::int64_t opened_ns, std::int64_t last_callback_ns) {
  const std::int64_t waited = now_ns - std::max(last_callback_ns, opened_ns);
  if (waited > kReopenAfterNs) return std::nullopt;
  if (waited > (last_callback_ns == 0 ? kFirstSampleNs : kSilentAfterNs)) return SourceState::silent;
  return last_callback_ns == 0 ? SourceState::starting : SourceState::running;
}

std::chrono::milliseconds SearchPause::next() {
  return std::exchange(pause_, std::min(2 * pause_, kLongestPause));
}

}  // namespace auscult
