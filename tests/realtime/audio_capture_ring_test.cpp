// The ring between the audio callback and the analysis thread, with both threads running: every sample arrives once and
// in order, and lost samples are missing exactly where the block headers say.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "audio/capture_ring.h"

namespace auscult {
namespace {

// The sample at a position of the stream: exact in a float, and different for each channel.
float sample_at(std::int64_t position, int channel) {
  return static_cast<float>((position * 8 + channel) % (1 << 23));
}

struct Seen {
  std::int64_t received = 0, lost = 0, next = 0;
  std::int64_t wrong_samples = 0, wrong_places = 0, longest_block = 0;
};

void check_block(const SampleBlock& block, Seen& seen) {
  if (block.header.first_sample != seen.next + block.header.lost_before) ++seen.wrong_places;
  for (std::int64_t frame = 0; frame < block.frames(); ++frame) {
    for (int c = 0; c < block.header.channels; ++c) {
      const float expected = sample_at(block.header.first_sample + frame, c);
      if (block.interleaved[static_cast<std::size_t>(frame * block.header.channels + c)] != expected)
        ++seen.wrong_samples;
    }
  }
  seen.next = block.header.first_sample + block.frames();
  seen.received += block.frames();
  seen.lost += block.header.lost_before;
  seen.longest_block = std::max(seen.longest_block, block.frames());
}

// Writes `total` frames in pieces of random size; a piece in `skip_every` never arrives.
void produce(CaptureRing& ring, int channels, std::int64_t total, int skip_every, unsigned seed, bool wait_for_room) {
  std::mt19937 random(seed);
  std::vector<float> piece;
  for (std::int64_t position = 0, count = 0; position < total; ++count) {
    const std::int64_t frames =
        std::min<std::int64_t>(1 + static_cast<std::int64_t>(random() % 1500), total - position);
    piece.resize(static_cast<std::size_t>(frames * channels));
    for (std::int64_t i = 0; i < frames; ++i) {
      for (int c = 0; c < channels; ++c) piece[static_cast<std::size_t>(i * channels + c)] = sample_at(position + i, c);
    }
    while (wait_for_room && ring.fill() > 0.5) std::this_thread::yield();
    if (skip_every > 0 && count % skip_every == 1) {
      ring.mark_lost(frames);
    } else {
      ring.write(piece.data(), frames, position);
    }
    position += frames;
  }
}

Seen consume_until(CaptureRing& ring, const std::atomic<bool>& producer_done, bool slow) {
  Seen seen;
  SampleBlock block;
  std::mt19937 random(7);
  for (bool last_round = false;;) {
    while (ring.read(block)) {
      check_block(block, seen);
      if (slow && random() % 8 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));  // too slow
    }
    if (last_round) return seen;
    last_round = producer_done.load(std::memory_order_acquire);
    std::this_thread::yield();
  }
}

Seen run_both(CaptureRing& ring, int channels, std::int64_t total, int skip_every, bool wait_for_room,
              bool slow_reader) {
  std::atomic<bool> done{false};
  std::thread producer([&] {
    produce(ring, channels, total, skip_every, 42, wait_for_room);
    done.store(true, std::memory_order_release);
  });
  const Seen seen = consume_until(ring, done, slow_reader);
  producer.join();
  return seen;
}

constexpr std::int64_t kTotal = 1'000'000;

TEST(CaptureRing, DeliversEverySampleInOrderWhenTheReaderKeepsUp) {
  CaptureRing ring(16384, 2, 512);
  const Seen seen = run_both(ring, 2, kTotal, 0, true, false);
  EXPECT_EQ(seen.received, kTotal);
  EXPECT_EQ(seen.lost, 0);
  EXPECT_EQ(seen.wrong_samples, 0);
  EXPECT_EQ(seen.wrong_places, 0);
  EXPECT_LE(seen.longest_block, 512);
  EXPECT_EQ(ring.lost(), 0u);
  EXPECT_EQ(ring.gaps(), 0u);
}

TEST(CaptureRing, PlacesWhatNeverArrivedWhereItIsMissing) {
  CaptureRing ring(16384, 1, 256);
  const Seen seen = run_both(ring, 1, kTotal, 10, true, false);
  EXPECT_EQ(seen.wrong_samples, 0) << "a sample's value says where it belongs";
  EXPECT_EQ(seen.wrong_places, 0);
  EXPECT_GT(seen.lost, 0);
  EXPECT_EQ(seen.received + seen.lost, seen.next);
  EXPECT_EQ(static_cast<std::uint64_t>(seen.received), ring.captured());
}

TEST(CaptureRing, CountsAndPlacesWhatASlowReaderMakesItLose) {
  CaptureRing ring(4096, 8, 256);
  const Seen seen = run_both(ring, 8, kTotal, 0, false, true);
  EXPECT_GT(ring.lost(), 0u) << "the reader was meant to be too slow";
  EXPECT_EQ(seen.wrong_samples, 0);
  EXPECT_EQ(seen.wrong_places, 0);
  EXPECT_EQ(ring.captured() + ring.lost(), static_cast<std::uint64_t>(kTotal));
  EXPECT_EQ(static_cast<std::uint64_t>(seen.received), ring.captured());
  // Losses after the last block that fitted are not yet carried by any block.
  EXPECT_EQ(seen.next + static_cast<std::int64_t>(ring.lost()) - seen.lost, kTotal);
}

}  // namespace
}  // namespace auscult
