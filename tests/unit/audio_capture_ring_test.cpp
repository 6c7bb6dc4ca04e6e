// The ring in every order of a few operations, with counts that a program reaches after years, and the steps of its two
// threads in every order.
#include <array>
#include <cstdint>
#include <deque>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "audio/capture_ring.h"

namespace auscult {
namespace {

// What the ring promises, in the simplest way.
struct Reference {
  struct Block {
    std::int64_t first = 0, lost = 0, frames = 0;
  };
  std::size_t room;
  std::int64_t block_frames;
  std::deque<Block> blocks;
  std::int64_t position = 0, pending = 0;
  std::uint64_t captured = 0, lost = 0, gaps = 0;

  void lose(std::int64_t frames) {
    if (frames <= 0) return;
    gaps += pending == 0 ? 1 : 0;
    pending += frames;
    lost += static_cast<std::uint64_t>(frames);
  }
  void write(std::int64_t frames) {
    while (frames > 0 && blocks.size() < room) {
      const std::int64_t n = std::min(frames, block_frames);
      blocks.push_back({position + pending, pending, n});
      position += pending + n;
      pending = 0;
      captured += static_cast<std::uint64_t>(n);
      frames -= n;
    }
    lose(frames);
  }
};

constexpr std::int64_t kBlockFrames = 2;

void expect_same_block(CaptureRing& ring, Reference& reference, const std::string& where) {
  SampleBlock block;
  const bool there = ring.read(block);
  ASSERT_EQ(there, !reference.blocks.empty()) << where;
  if (!there) return;
  const Reference::Block expected = reference.blocks.front();
  reference.blocks.pop_front();
  ASSERT_EQ(block.header.first_sample, expected.first) << where;
  ASSERT_EQ(block.header.lost_before, expected.lost) << where;
  ASSERT_EQ(block.frames(), expected.frames) << where;
}

// One operation on both: 0 and 1 write a part of a block and more than one block, 2 loses samples, 3 reads.
void do_both(int operation, CaptureRing& ring, Reference& reference, const std::string& where) {
  const std::array<float, 3> samples{1.0F, 2.0F, 3.0F};
  switch (operation) {
    case 0:
    case 1: {
      const std::int64_t frames = operation == 0 ? 1 : 3;
      const std::uint64_t before = reference.captured;
      reference.write(frames);
      ASSERT_EQ(ring.write(samples.data(), frames, 0), static_cast<std::int64_t>(reference.captured - before)) << where;
      break;
    }
    case 2:
      reference.lose(2);
      ring.mark_lost(2);
      break;
    default:
      expect_same_block(ring, reference, where);
  }
}

TEST(CaptureRingOrders, EveryOrderOfEightOperationsGivesWhatIsPromised) {
  constexpr int kOperations = 8, kKinds = 4, kOrders = 65536;  // 4^8
  for (const int room : {1, 2, 3}) {
    for (int order = 0; order < kOrders; ++order) {
      CaptureRing ring(room * kBlockFrames, 1, kBlockFrames);
      Reference reference{.room = static_cast<std::size_t>(room), .block_frames = kBlockFrames, .blocks = {}};
      int rest = order;
      for (int i = 0; i < kOperations; ++i, rest /= kKinds) {
        do_both(rest % kKinds, ring, reference, "room " + std::to_string(room) + ", order " + std::to_string(order));
        if (HasFatalFailure()) return;
      }
      ASSERT_EQ(ring.captured(), reference.captured);
      ASSERT_EQ(ring.lost(), reference.lost);
      ASSERT_EQ(ring.gaps(), reference.gaps);
    }
  }
}

TEST(CaptureRingCounts, GoOnBeyond32And53Bits) {
  for (const std::uint64_t limit : {std::uint64_t{1} << 32, std::uint64_t{1} << 53}) {
    for (const int room : {1, 3, 4}) {  // also where the slots do not divide the count
      CaptureRing ring(room * kBlockFrames, 1, kBlockFrames, limit - 5);
      Reference reference{.room = static_cast<std::size_t>(room), .block_frames = kBlockFrames, .blocks = {}};
      EXPECT_EQ(ring.fill(), 0.0);
      for (int i = 0; i < 200; ++i) {
        do_both((i * 7 + i / 3) % 4, ring, reference, "step " + std::to_string(i));
        ASSERT_FALSE(HasFatalFailure());
        ASSERT_EQ(ring.fill(), static_cast<double>(reference.blocks.size()) / room);
      }
    }
  }
}

TEST(CaptureRingCounts, PlaceSamplesBeyond32And53Bits) {
  for (const std::int64_t limit : {std::int64_t{1} << 32, std::int64_t{1} << 53}) {
    CaptureRing ring(8, 1, 2);
    ring.mark_lost(limit - 3);
    const std::array<float, 6> samples{1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F};
    ASSERT_EQ(ring.write(samples.data(), 6, 0), 6);
    SampleBlock block;
    for (std::int64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(ring.read(block));
      EXPECT_EQ(block.header.first_sample, limit - 3 + 2 * i);
      EXPECT_EQ(block.header.lost_before, i == 0 ? limit - 3 : 0);
      EXPECT_EQ(block.interleaved, (std::vector<float>{static_cast<float>(2 * i + 1), static_cast<float>(2 * i + 2)}));
    }
    EXPECT_EQ(ring.lost(), static_cast<std::uint64_t>(limit - 3));
  }
}

// The steps of the two threads, as capture_ring.cpp takes them; a block is written and read in two halves, so that a
// read of a block that is being written shows. The stores of the counts are releases and their loads acquires, so every
// execution is one of these orders.
struct Steps {
  static constexpr int kBlocks = 5;
  int slots = 1;
  std::array<int, 6> halves{};  // number of the block in each half of each slot; 0: none
  int written = 0, taken = 0;
  int producer = 0, seen_taken = 0, next = 1;  // step, what it has loaded, number of the next block
  int consumer = 0, seen_written = 0, first_half = 0, last = 0;
  bool torn = false, disordered = false;

  auto key() const {
    return std::tuple(halves, written, taken, producer, seen_taken, next, consumer, seen_written, first_half, last);
  }
  void step_producer() {
    const auto at = static_cast<std::size_t>(2 * (written % slots));
    if (producer == 0) {
      seen_taken = taken;
      if (written - seen_taken < slots) {
        producer = 1;
      } else {
        ++next;  // lost
      }
    } else if (producer < 3) {
      halves[at + static_cast<std::size_t>(producer - 1)] = next;
      ++producer;
    } else {
      ++written;
      ++next;
      producer = 0;
    }
  }
  void step_consumer() {
    const auto at = static_cast<std::size_t>(2 * (taken % slots));
    if (consumer == 0) {
      seen_written = written;
      consumer = taken == seen_written ? 0 : 1;
    } else if (consumer == 1) {
      first_half = halves[at];
      consumer = 2;
    } else if (consumer == 2) {
      torn = torn || halves[at + 1] != first_half;
      disordered = disordered || first_half <= last;
      last = first_half;
      consumer = 3;
    } else {
      ++taken;
      consumer = 0;
    }
  }
};

TEST(CaptureRingSteps, InEveryOrderNoBlockIsTornOrOutOfOrder) {
  for (int slots = 1; slots <= 3; ++slots) {
    std::set<decltype(Steps().key())> known;
    std::vector<Steps> open{Steps{.slots = slots}};
    int most_taken = 0;
    while (!open.empty()) {
      const Steps now = open.back();
      open.pop_back();
      if (!known.insert(now.key()).second) continue;
      ASSERT_FALSE(now.torn) << slots << " slots";
      ASSERT_FALSE(now.disordered) << slots << " slots";
      most_taken = std::max(most_taken, now.taken);
      if (now.next <= Steps::kBlocks) open.emplace_back(now).step_producer();
      open.emplace_back(now).step_consumer();
    }
    EXPECT_EQ(most_taken, Steps::kBlocks);
    EXPECT_GT(known.size(), 100U);
  }
}

}  // namespace
}  // namespace auscult
