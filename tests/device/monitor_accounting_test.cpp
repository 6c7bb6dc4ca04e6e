// An analysis that stalls while a device plays on: what the ring holds is not lost, what it cannot hold is one gap, and
// every sample is analyzed or counted as lost.
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "audio/portaudio_source.h"
#include "monitor/live_monitor.h"
#include "support/pulse.h"
#include "support/sounds.h"
#include "support/tiny_model.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
constexpr int kRate = 16000;

// A source whose reader, the analysis, does not come back from a read for a while.
class Stalling : public SampleSource {
 public:
  Stalling(std::unique_ptr<SampleSource> source, std::atomic<int>& stall_s)
      : source_(std::move(source)), stall_s_(stall_s) {}
  Status start() override { return source_->start(); }
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override {
    if (const int seconds = stall_s_.exchange(0); seconds > 0)
      std::this_thread::sleep_for(std::chrono::seconds(seconds));
    return source_->read(block, timeout);
  }
  void stop() override { source_->stop(); }
  SourceInfo info() const override { return source_->info(); }
  SourceHealth health() const override { return source_->health(); }

 private:
  std::unique_ptr<SampleSource> source_;
  std::atomic<int>& stall_s_;
};

struct Stall : ::testing::Test {
  struct Outcome {
    LiveStatus status;
    std::int64_t gaps = 0, lost = 0, events = 0;
  };

  void drain(LiveMonitor& monitor, Outcome& outcome) const {
    for (LiveHop hop; monitor.poll(hop);) {
      outcome.gaps += hop.gap_before > 0 ? 1 : 0;
      outcome.lost += hop.gap_before;
    }
    for (Event event; monitor.poll_event(event);) ++outcome.events;
  }

  /// Hears normal sound, stalls for `seconds`, and goes on until it has caught up.
  Outcome stall_for(int seconds) {
    test::write_sound(folder / "normal.wav", test::machine_sound(60.0, {.seed = 9}), kRate, 1,
                      AudioEncoding::wav_pcm16);
    const auto player = pulse.play(folder / "normal.wav");
    LiveMonitor monitor(test::tiny_model(), std::make_unique<Stalling>(make_portaudio_source(), stall_s), {});
    monitor.set_threshold(1e6);  // only a gap that is taken for sound could be an event
    Outcome outcome;
    EXPECT_TRUE(monitor.start());
    const auto heard = [&](double more) {
      const double until = monitor.status().stream_time_s + more;
      return test::eventually(
          [&] {
            drain(monitor, outcome);
            return monitor.status().stream_time_s >= until;
          },
          60s);
    };
    EXPECT_TRUE(heard(3.0));
    monitor.set_threshold(test::tiny_model()->preset.policy.threshold * 4.0);
    stall_s = seconds;
    EXPECT_TRUE(heard(seconds + 4.0));
    monitor.stop();
    drain(monitor, outcome);
    outcome.status = monitor.status();
    return outcome;
  }

  test::PulseNullSink pulse;
  test::TempDir folder;
  std::atomic<int> stall_s{0};
};

void expect_all_accounted_for(const LiveStatus& status) {
  EXPECT_GE(status.health.captured, status.analyzed);
  EXPECT_LE(status.health.captured - status.analyzed, static_cast<std::uint64_t>(kRate))
      << "left in the ring at the end";
  EXPECT_NEAR(status.stream_time_s, static_cast<double>(status.analyzed + status.health.lost) / kRate, 0.1);
}

TEST_F(Stall, OfSixSecondsLosesNothing) {
  AUSCULT_REQUIRE_PULSE();
  pulse.use_in_this_process();
  const Outcome outcome = stall_for(6);
  EXPECT_EQ(outcome.status.health.lost, 0U);
  EXPECT_EQ(outcome.gaps, 0);
  EXPECT_EQ(outcome.events, 0);
  expect_all_accounted_for(outcome.status);
}

TEST_F(Stall, BeyondTheRingIsOneGapAndNoEvent) {
  AUSCULT_REQUIRE_PULSE();
  pulse.use_in_this_process();
  const Outcome outcome = stall_for(14);
  EXPECT_GT(outcome.status.health.lost, 2U * kRate);
  EXPECT_EQ(outcome.status.health.gaps, 1U);
  EXPECT_EQ(outcome.gaps, 1);
  EXPECT_EQ(static_cast<std::uint64_t>(outcome.lost), outcome.status.health.lost);
  EXPECT_EQ(outcome.events, 0);
  expect_all_accounted_for(outcome.status);
}

}  // namespace
}  // namespace auscult
