// When the clock reports that a device lost samples, and when it must not.
#include <vector>

#include <gtest/gtest.h>

#include "audio/capture_ring_loss_clock.h"

namespace auscult {
namespace {

constexpr int kRate = 16000;
constexpr std::int64_t kBlock = 512;

// A device on a time axis: each call delivers blocks of 512 frames and adds up what the clock finds lost.
struct Device {
  LossClock clock{kRate};
  double now = 100.0;  // s
  std::int64_t position = 0;
  std::int64_t found = 0;
  std::vector<double> found_at;

  void deliver(double seconds, double speed = 1.0) {
    const auto blocks = static_cast<int>(seconds * kRate * speed / kBlock);
    for (int i = 0; i < blocks; ++i) {
      now += kBlock / (kRate * speed);
      arrive();
    }
  }
  void burst(double seconds_of_sound, double in_seconds) {
    const auto blocks = static_cast<int>(seconds_of_sound * kRate / kBlock);
    for (int i = 0; i < blocks; ++i) {
      now += in_seconds / blocks;
      arrive();
    }
  }
  void arrive() {
    position += kBlock;
    const std::int64_t lost = clock.observe(static_cast<std::int64_t>(now * 1e9), position);
    if (lost > 0) found_at.push_back(now);
    found += lost;
  }
  void stall(double seconds) { now += seconds; }
};

TEST(LossClock, FindsNothingInASteadyStream) {
  Device device;
  device.deliver(120);
  EXPECT_EQ(device.found, 0);
}

TEST(LossClock, FindsNothingWhenAStallIsFollowedByWhatItHeldUp) {
  for (const double burst_time : {0.01, 1.0}) {
    Device device;
    device.deliver(10);
    device.stall(3);
    device.burst(3 + burst_time, burst_time);
    device.deliver(10);
    EXPECT_EQ(device.found, 0) << burst_time;
  }
}

TEST(LossClock, FindsNothingWhileALateStreamCatchesUpSlowly) {
  Device device;
  device.deliver(10);
  device.stall(3);
  device.burst(3 + 6, 6);  // 1.5 times as fast as real time
  device.deliver(10);
  EXPECT_EQ(device.found, 0);
}

TEST(LossClock, FindsWhatNeverCame) {
  Device device;
  device.deliver(10);
  const double lost_from = device.now;
  device.stall(1.5);
  device.deliver(10);
  EXPECT_NEAR(static_cast<double>(device.found), 1.5 * kRate, 0.02 * kRate);
  ASSERT_EQ(device.found_at.size(), 1u) << "one loss is one gap";
  EXPECT_LT(device.found_at[0] - lost_from, 1.5 + 4.0);
}

TEST(LossClock, FindsOnlyThePartThatNeverCame) {
  Device device;
  device.deliver(10);
  device.stall(3);
  device.burst(2 + 0.5, 0.5);  // 1 s of the stall is missing
  device.deliver(10);
  EXPECT_NEAR(static_cast<double>(device.found), 1.0 * kRate, 0.04 * kRate);
}

TEST(LossClock, TakesADevicesOwnClockForWhatItIs) {
  for (const double speed : {0.999, 1.001}) {
    Device device;
    device.deliver(1800, speed);
    EXPECT_EQ(device.found, 0) << speed;
  }
}

TEST(LossClock, ToleratesAServerThatChangesItsLatency) {
  Device device;
  device.deliver(10);
  device.stall(0.1);
  device.deliver(10);
  device.burst(0.1, 0.001);
  device.deliver(10);
  EXPECT_EQ(device.found, 0);
}

}  // namespace
}  // namespace auscult
