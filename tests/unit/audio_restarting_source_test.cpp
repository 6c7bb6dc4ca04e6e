// A source that is opened again when it ends or fails.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "audio/restarting_source.h"
#include "audio/synthetic_source.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

constexpr RestartOptions kQuick{.first_pause = 1ms, .longest_pause = 8ms};

std::unique_ptr<SampleSource> tone(std::int64_t frames) {
  return make_synthetic_source([](std::int64_t n) { return n % 2 == 0 ? 0.5F : -0.5F; }, {.total_frames = frames});
}

// Cannot be opened.
class Absent final : public SampleSource {
 public:
  Status start() override { return fail(ErrorCode::device_unavailable, "is not there", "microphone"); }
  Result<ReadState> read(SampleBlock&, std::chrono::milliseconds) override { return ReadState::timeout; }
  void stop() override {}
  SourceInfo info() const override { return {}; }
  SourceHealth health() const override { return {}; }
};

// Breaks at the first read.
class Broken final : public SampleSource {
 public:
  Status start() override { return {}; }
  Result<ReadState> read(SampleBlock&, std::chrono::milliseconds) override {
    return fail(ErrorCode::bad_input, "cannot be read", "stream");
  }
  void stop() override {}
  SourceInfo info() const override { return {}; }
  SourceHealth health() const override { return {}; }
};

// All blocks until `frames` frames have arrived.
std::vector<SampleBlock> read_frames(SampleSource& source, std::int64_t frames) {
  std::vector<SampleBlock> blocks;
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  for (std::int64_t got = 0; got < frames && std::chrono::steady_clock::now() < deadline;) {
    SampleBlock block;
    const auto outcome = source.read(block, 20ms);
    EXPECT_TRUE(outcome.has_value());
    if (!outcome || *outcome != ReadState::block) continue;
    got += block.frames();
    blocks.push_back(std::move(block));
  }
  return blocks;
}

TEST(RestartingSource, GoesOnAfterTheEndWithOneGapAtEachRestart) {
  int made = 0;
  const auto source = make_restarting_source(
      "pump-1", [&made] { return ++made, tone(2048); }, kQuick);
  ASSERT_TRUE(source->start());
  const auto blocks = read_frames(*source, 3 * 2048);
  EXPECT_EQ(made, 3);
  std::int64_t next = 0;
  std::uint64_t gaps = 0, lost = 0;
  for (const SampleBlock& block : blocks) {
    EXPECT_EQ(block.header.first_sample, next + block.header.lost_before) << "positions go on over restarts";
    next = block.header.first_sample + block.frames();
    gaps += block.header.lost_before > 0 ? 1 : 0;
    lost += static_cast<std::uint64_t>(block.header.lost_before);
  }
  EXPECT_EQ(gaps, 2U);
  EXPECT_EQ(source->health().gaps, gaps);
  EXPECT_EQ(source->health().lost, lost);
  EXPECT_EQ(source->health().captured, 3U * 2048U);
  EXPECT_EQ(source->health().reconnects, 2U);
  EXPECT_EQ(source->info().name, "pump-1");
}

TEST(RestartingSource, WaitsForASourceThatIsNotThereYet) {
  int made = 0;
  const auto source = make_restarting_source(
      "pump-1",
      [&made]() -> std::unique_ptr<SampleSource> {
        if (++made < 4) return std::make_unique<Absent>();
        return tone(2048);
      },
      kQuick);
  ASSERT_TRUE(source->start()) << "a source that is absent is no error of the service";
  SampleBlock block;
  ASSERT_EQ(source->read(block, 1ms), ReadState::timeout);
  EXPECT_EQ(source->health().state, SourceState::recovering);
  EXPECT_NE(source->health().message.find("is not there"), std::string::npos) << source->health().message;
  const auto blocks = read_frames(*source, 512);
  ASSERT_FALSE(blocks.empty());
  EXPECT_EQ(blocks.front().header.lost_before, 0) << "nothing was lost before the first sound";
  EXPECT_EQ(source->health().state, SourceState::running);
  EXPECT_EQ(made, 4);
}

TEST(RestartingSource, SaysWhyItFailedAndWaitsLongerAfterEachFailure) {
  std::vector<std::chrono::steady_clock::time_point> attempts;
  const auto source = make_restarting_source("pump-1",
                                             [&attempts] {
                                               attempts.push_back(std::chrono::steady_clock::now());
                                               return std::make_unique<Broken>();
                                             },
                                             {.first_pause = 5ms, .longest_pause = 40ms});
  ASSERT_TRUE(source->start());
  SampleBlock block;
  while (attempts.size() < 6) ASSERT_EQ(source->read(block, 5ms), ReadState::timeout);
  EXPECT_NE(source->health().message.find("cannot be read"), std::string::npos);
  for (std::size_t i = 1; i < attempts.size(); ++i) {
    const auto least = std::min(5ms * (1 << (i - 1)), 40ms);
    EXPECT_GE(attempts[i] - attempts[i - 1], least) << "attempt " << i;
  }
}

TEST(RestartingSource, StopsAndStartsAgain) {
  const auto source = make_restarting_source(
      "pump-1", [] { return tone(1024); }, kQuick);
  ASSERT_TRUE(source->start());
  EXPECT_FALSE(read_frames(*source, 512).empty());
  source->stop();
  EXPECT_EQ(source->health().state, SourceState::stopped);
  ASSERT_TRUE(source->start());
  EXPECT_FALSE(read_frames(*source, 512).empty());
}

}  // namespace
}  // namespace auscult
