// A device that stalls, goes and returns, by a simulated clock.
#include <algorithm>
#include <chrono>
#include <optional>

#include <gtest/gtest.h>

#include "audio/device_liveness.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kOpened = 100 * kSecond;

std::optional<SourceState> after(double seconds, std::optional<double> last_callback = std::nullopt) {
  const auto at = [](double s) { return kOpened + static_cast<std::int64_t>(s * 1e9); };
  return stream_state(at(seconds), kOpened, last_callback ? at(*last_callback) : 0);
}

TEST(StreamState, IsStartingUntilTheFirstSampleOrForThreeSeconds) {
  EXPECT_EQ(after(0.0), SourceState::starting);
  EXPECT_EQ(after(2.9), SourceState::starting);
  EXPECT_EQ(after(3.1), SourceState::silent);
  EXPECT_EQ(after(3.1, 3.05), SourceState::running);
}

TEST(StreamState, IsSilentASecondAfterTheLastSampleAndRunningWithTheNext) {
  EXPECT_EQ(after(10.0, 9.1), SourceState::running);
  EXPECT_EQ(after(10.2, 9.1), SourceState::silent);
  EXPECT_EQ(after(15.0, 9.1), SourceState::silent);
  EXPECT_EQ(after(15.0, 14.9), SourceState::running);
}

TEST(StreamState, IsStuckAfterTenSecondsOfSilence) {
  EXPECT_EQ(after(19.0, 9.1), SourceState::silent);
  EXPECT_EQ(after(19.2, 9.1), std::nullopt);
  EXPECT_EQ(after(10.1), std::nullopt) << "not one sample since it was opened";
}

TEST(StreamState, DoesNotTakeTheLastSampleOfAnEarlierStreamForALongSilence) {
  EXPECT_EQ(stream_state(kOpened + kSecond, kOpened, kOpened - 60 * kSecond), SourceState::running);
}

// When a device is found that was there again after `absent`, if every search takes `search` and sees what was there
// when it began.
milliseconds found_after(milliseconds absent, milliseconds search) {
  milliseconds now = 0ms;
  SearchPause pause;
  for (;;) {
    now += pause.next();
    const bool there = now >= absent;
    now += search;
    if (there) return now - absent;
  }
}

TEST(SearchPause, FindsADeviceWithinFiveSecondsOfItsReturn) {
  for (const milliseconds search : {0ms, 50ms, 700ms, kLongestDeviceSearch}) {
    milliseconds longest = 0ms;
    for (milliseconds absent = 0ms; absent < 120s; absent += 10ms)
      longest = std::max(longest, found_after(absent, search));
    EXPECT_LT(longest, 4500ms) << "half a second is left for its first sample; search of " << search.count() << " ms";
  }
}

TEST(SearchPause, GrowsSoThatASearchWithoutEndCostsLittle) {
  SearchPause pause;
  EXPECT_EQ(pause.next(), 250ms);
  EXPECT_EQ(pause.next(), 500ms);
  EXPECT_EQ(pause.next(), 1000ms);
  EXPECT_EQ(pause.next(), 1000ms);
}

}  // namespace
}  // namespace auscult
