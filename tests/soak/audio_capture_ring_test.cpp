// Thirty days of sound through the ring of the capture path at full speed: 4e10 samples, more than 32 bits count.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <vector>

#include <gtest/gtest.h>

#include "audio/capture_ring.h"

namespace auscult {
namespace {

TEST(CaptureRingSoak, ThirtyDaysOfSamplesAreDeliveredOrCounted) {
  constexpr std::int64_t kRate = 16000, kBlock = 1536, kFrames = std::int64_t{30} * 24 * 3600 * kRate;
  constexpr std::int64_t kLoseEvery = 100'003;  // blocks
  CaptureRing ring(8 * kRate, 1, kBlock);
  std::vector<float> sound(kBlock);
  SampleBlock block;
  std::int64_t written = 0, read = 0, lost = 0, next = 0, misplaced = 0, wrong = 0, blocks = 0, marked = 0;
  while (written < kFrames) {
    sound.front() = static_cast<float>(blocks % 1021);
    sound.back() = static_cast<float>(blocks % 509);
    if (++blocks % kLoseEvery == 0) {
      ring.mark_lost(333);
      marked += 333;
    }
    const std::int64_t stored = ring.write(sound.data(), kBlock, blocks);
    ASSERT_EQ(stored, kBlock);
    written += stored;
    ASSERT_TRUE(ring.read(block));
    misplaced += block.header.first_sample != next + block.header.lost_before;
    wrong += block.interleaved.front() != sound.front() || block.interleaved.back() != sound.back();
    next = block.header.first_sample + block.frames();
    lost += block.header.lost_before;
    read += block.frames();
  }
  EXPECT_EQ(read, written);
  EXPECT_EQ(misplaced, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(lost, marked);
  EXPECT_EQ(ring.captured(), static_cast<std::uint64_t>(written));
  EXPECT_EQ(ring.lost(), static_cast<std::uint64_t>(marked));
  EXPECT_EQ(ring.gaps(), static_cast<std::uint64_t>(blocks / kLoseEvery));
  EXPECT_EQ(next, written + marked);
  EXPECT_GT(next, std::int64_t{1} << 32);
  EXPECT_EQ(ring.fill(), 0.0);
  std::cout << static_cast<double>(next) / kRate / 86400.0 << " days, " << written << " samples in " << blocks
            << " blocks, " << marked << " lost at " << ring.gaps() << " places\n";
}

}  // namespace
}  // namespace auscult
