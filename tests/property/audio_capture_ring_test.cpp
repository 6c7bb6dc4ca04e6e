// Whatever is written, lost and read in any order: the ring behaves like an unlimited queue that drops what does not
// fit, and every sample is either delivered at its position or counted as lost before the next one.
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "audio/capture_ring.h"

namespace auscult {
namespace {

enum class Kind { write, lose, read };

RC_GTEST_PROP(CaptureRing, DeliversOrCountsEverySample, ()) {
  const int channels = *rc::gen::inRange(1, 5);
  const int block_frames = *rc::gen::inRange(1, 40);
  const int frames = *rc::gen::inRange(1, 400);
  CaptureRing ring(frames, channels, block_frames);

  std::int64_t offered = 0, lost = 0;      // by the producer
  std::int64_t seen = 0, lost_before = 0;  // by the consumer
  SampleBlock block;
  const auto read_one = [&] {
    if (!ring.read(block)) return false;
    RC_ASSERT(block.header.channels == channels);
    RC_ASSERT(block.frames() >= 1 && block.frames() <= block_frames);
    RC_ASSERT(block.header.first_sample == seen + block.header.lost_before);
    seen = block.header.first_sample + block.frames();
    lost_before += block.header.lost_before;
    for (std::size_t i = 0; i < block.interleaved.size(); ++i) {
      RC_ASSERT(block.interleaved[i] ==
                static_cast<float>(block.header.first_sample * channels + static_cast<std::int64_t>(i)));
    }
    return true;
  };

  const auto steps = *rc::gen::container<std::vector<std::pair<Kind, int>>>(
      rc::gen::pair(rc::gen::element(Kind::write, Kind::write, Kind::lose, Kind::read), rc::gen::inRange(0, 120)));
  for (const auto& [kind, size] : steps) {
    if (kind == Kind::read) {
      read_one();
    } else if (kind == Kind::lose) {
      ring.mark_lost(size);
      offered += size;
      lost += size;
    } else {
      std::vector<float> samples(static_cast<std::size_t>(size * channels));
      for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<float>(offered * channels + static_cast<std::int64_t>(i));
      const bool was_empty = ring.fill() == 0.0;
      const std::int64_t kept = ring.write(samples.data(), size, 0);
      RC_ASSERT(kept >= 0 && kept <= size);
      if (was_empty) RC_ASSERT(kept >= std::min(size, frames));
      offered += size;
      lost += size - kept;
    }
    RC_ASSERT(ring.lost() == static_cast<std::uint64_t>(lost));
    RC_ASSERT(ring.captured() == static_cast<std::uint64_t>(offered - lost));
  }
  while (read_one()) {
  }
  RC_ASSERT(seen + (lost - lost_before) == offered);
}

}  // namespace
}  // namespace auscult
