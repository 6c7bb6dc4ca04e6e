// File and synthetic sources: the samples of the file or function, in order, each block with its position.
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/file_source.h"
#include "audio/synthetic_source.h"
#include "support/files.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Samples = std::vector<float>;

Samples counting(std::size_t count) {
  Samples samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(static_cast<float>(i) / 32768.0F);
  return samples;
}

void write_wav(const fs::path& path, int rate, int channels, const Samples& samples) {
  auto writer = AudioFileWriter::create(path, rate, channels, AudioEncoding::wav_pcm16);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(samples));
  ASSERT_TRUE(writer->finish());
}

ReadState read(SampleSource& source, SampleBlock& block, std::chrono::milliseconds timeout = 1000ms) {
  const auto state = source.read(block, timeout);
  if (!state) ADD_FAILURE() << to_message(state.error());
  return state ? *state : ReadState::end;
}

// ---- files ----------------------------------------------------------------------------------------------------------

TEST(FileSource, DeliversTheFilesSamplesInPlace) {
  const test::TempDir folder;
  const Samples samples = counting(2 * 1100);
  write_wav(folder / "a.wav", 16000, 2, samples);
  const auto source = make_file_source(folder / "a.wav");
  ASSERT_TRUE(source->start());
  Samples read_back;
  SampleBlock block;
  std::vector<std::int64_t> places, sizes;
  while (read(*source, block) == ReadState::block) {
    EXPECT_EQ(block.header.sample_rate, 16000);
    EXPECT_EQ(block.header.channels, 2);
    EXPECT_EQ(block.header.lost_before, 0);
    places.push_back(block.header.first_sample);
    sizes.push_back(block.frames());
    read_back.insert(read_back.end(), block.interleaved.begin(), block.interleaved.end());
  }
  EXPECT_EQ(read_back, samples);
  EXPECT_EQ(places, (std::vector<std::int64_t>{0, 512, 1024}));
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{512, 512, 76}));
  EXPECT_EQ(read(*source, block), ReadState::end) << "the end stays the end";
}

TEST(FileSource, TellsAboutItselfAndItsHealth) {
  const test::TempDir folder;
  write_wav(folder / "pump.wav", 48000, 1, counting(700));
  const auto source = make_file_source(folder / "pump.wav");
  EXPECT_EQ(source->health().state, SourceState::stopped);
  ASSERT_TRUE(source->start());
  EXPECT_EQ(source->info().name, "pump.wav");
  EXPECT_EQ(source->info().sample_rate, 48000);
  EXPECT_EQ(source->info().channels, 1);
  EXPECT_FALSE(source->info().live);
  EXPECT_EQ(source->health().state, SourceState::starting);
  SampleBlock block;
  read(*source, block);
  EXPECT_EQ(source->health().state, SourceState::running);
  EXPECT_EQ(source->health().captured, 512U);
  read(*source, block);
  EXPECT_EQ(read(*source, block), ReadState::end);
  EXPECT_EQ(source->health().state, SourceState::ended);
  EXPECT_EQ(source->health().captured, 700U);
  EXPECT_EQ(source->health().lost, 0U);
  source->stop();
  source->stop();
  EXPECT_EQ(source->health().state, SourceState::stopped);
}

TEST(FileSource, LoopsWithoutASeamInItsPlaces) {
  const test::TempDir folder;
  write_wav(folder / "a.wav", 16000, 1, counting(100));
  const auto source = make_file_source(folder / "a.wav", {.loop = true, .block_frames = 60});
  ASSERT_TRUE(source->start());
  SampleBlock block;
  Samples all;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(read(*source, block), ReadState::block);
    EXPECT_EQ(block.header.first_sample, static_cast<std::int64_t>(all.size()));
    all.insert(all.end(), block.interleaved.begin(), block.interleaved.end());
  }
  Samples expected;
  for (int i = 0; i < 3; ++i) {
    const Samples once = counting(100);
    expected.insert(expected.end(), once.begin(), once.end());
  }
  expected.resize(all.size());
  EXPECT_GT(all.size(), 200U);
  EXPECT_EQ(all, expected);
}

TEST(FileSource, StartsAgainFromTheBeginning) {
  const test::TempDir folder;
  write_wav(folder / "a.wav", 16000, 1, counting(1000));
  const auto source = make_file_source(folder / "a.wav");
  SampleBlock first, again;
  ASSERT_TRUE(source->start());
  read(*source, first);
  read(*source, again);
  source->stop();
  ASSERT_TRUE(source->start());
  read(*source, again);
  EXPECT_EQ(again.header.first_sample, 0);
  EXPECT_EQ(again.interleaved, first.interleaved);
}

TEST(FileSource, InRealTimeIsNotFasterThanTheRecording) {
  const test::TempDir folder;
  write_wav(folder / "a.wav", 16000, 1, counting(8000));
  const auto source = make_file_source(folder / "a.wav", {.realtime = true});
  const auto began = Clock::now();
  ASSERT_TRUE(source->start());
  SampleBlock block;
  while (read(*source, block) == ReadState::block) {
    const double heard = static_cast<double>(block.header.first_sample + block.frames()) / 16000.0;
    EXPECT_GE(std::chrono::duration<double>(Clock::now() - began).count(), heard);
  }
  EXPECT_EQ(source->health().captured, 8000U);
}

TEST(FileSource, ThatIsSpedUpIsNoFasterThanThat) {
  const test::TempDir folder;
  write_wav(folder / "a.wav", 16000, 1, counting(160000));  // ten seconds
  const auto source = make_file_source(folder / "a.wav", {.realtime = true, .speed = 20.0});
  const auto began = Clock::now();
  ASSERT_TRUE(source->start());
  SampleBlock block;
  while (read(*source, block) == ReadState::block) {
    const double heard = static_cast<double>(block.header.first_sample + block.frames()) / 16000.0;
    EXPECT_GE(20.0 * std::chrono::duration<double>(Clock::now() - began).count(), heard);
  }
  EXPECT_EQ(source->health().captured, 160000U);
  EXPECT_LT(Clock::now() - began, 9s) << "no faster than it sounds";
  EXPECT_FALSE(make_file_source(folder / "a.wav", {.realtime = true, .speed = 0.0})->start());
}

TEST(FileSource, InRealTimeAShortTimeoutComesBackWithoutLosingTheBlock) {
  const test::TempDir folder;
  const Samples samples = counting(4000);
  write_wav(folder / "a.wav", 16000, 1, samples);
  const auto source = make_file_source(folder / "a.wav", {.realtime = true, .block_frames = 2000});
  ASSERT_TRUE(source->start());
  SampleBlock block;
  EXPECT_EQ(read(*source, block, 1ms), ReadState::timeout) << "the first block is due after 125 ms";
  EXPECT_EQ(read(*source, block, 0ms), ReadState::timeout);
  Samples all;
  for (ReadState state = ReadState::timeout; state != ReadState::end;) {
    state = read(*source, block, 5ms);
    if (state == ReadState::block) all.insert(all.end(), block.interleaved.begin(), block.interleaved.end());
  }
  EXPECT_EQ(all, samples);
}

TEST(FileSource, ReportsWhyItCannotStart) {
  const test::TempDir folder;
  const auto missing = make_file_source(folder / "none.wav");
  EXPECT_EQ(missing->start().error().code, ErrorCode::file_not_found);
  EXPECT_EQ(missing->health().state, SourceState::failed);
  EXPECT_FALSE(missing->health().message.empty());
  SampleBlock block;
  EXPECT_FALSE(missing->read(block, 0ms)) << "a source that did not start has nothing to read";
  test::write_file(folder / "text.wav", "no sound");
  EXPECT_EQ(make_file_source(folder / "text.wav")->start().error().code, ErrorCode::not_audio);
  write_wav(folder / "a.wav", 16000, 1, counting(10));
  EXPECT_EQ(make_file_source(folder / "a.wav", {.block_frames = 0})->start().error().code, ErrorCode::bad_input);
}

TEST(FileSource, ADamageFoundOnTheWayIsAnErrorAndAFailedState) {
  const test::TempDir folder;
  auto writer = AudioFileWriter::create(folder / "a.flac", 16000, 1, AudioEncoding::flac_pcm16);
  Samples samples;
  for (int i = 0; i < 40000; ++i) samples.push_back(std::sin(static_cast<float>(i * i % 7919)) * 0.5F);
  ASSERT_TRUE(writer->write(samples));
  ASSERT_TRUE(writer->finish());
  const std::string bytes = test::read_file(folder / "a.flac");
  test::write_file(folder / "a.flac", bytes.substr(0, bytes.size() / 2));

  const auto source = make_file_source(folder / "a.flac");
  ASSERT_TRUE(source->start());
  SampleBlock block;
  auto state = source->read(block, 0ms);
  while (state && *state == ReadState::block) state = source->read(block, 0ms);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::truncated_audio);
  EXPECT_EQ(source->health().state, SourceState::failed);
}

// ---- synthetic signals ----------------------------------------------------------------------------------------------

float index_signal(std::int64_t n) {
  return static_cast<float>(n);
}

TEST(SyntheticSource, DeliversTheSignalOnEveryChannel) {
  const auto source = make_synthetic_source(index_signal, {.channels = 2, .block_frames = 3, .total_frames = 5});
  ASSERT_TRUE(source->start());
  SampleBlock block;
  ASSERT_EQ(read(*source, block), ReadState::block);
  EXPECT_EQ(block.interleaved, (Samples{0, 0, 1, 1, 2, 2}));
  ASSERT_EQ(read(*source, block), ReadState::block);
  EXPECT_EQ(block.interleaved, (Samples{3, 3, 4, 4}));
  EXPECT_EQ(block.header.first_sample, 3);
  EXPECT_EQ(read(*source, block), ReadState::end);
}

TEST(SyntheticSource, PretendedLossesHaveTheirExactPlace) {
  const auto source = make_synthetic_source(
      index_signal, {.block_frames = 512, .total_frames = 2500, .lose_every = 1000, .lose_frames = 300});
  ASSERT_TRUE(source->start());
  SampleBlock block;
  std::int64_t next = 0, lost = 0;
  while (read(*source, block) == ReadState::block) {
    EXPECT_EQ(block.header.first_sample, next + block.header.lost_before) << "a gap moves the place by what was lost";
    EXPECT_EQ(block.interleaved.front(), static_cast<float>(block.header.first_sample))
        << "the signal goes on while it is lost";
    if (block.header.lost_before > 0) {
      EXPECT_EQ(next % 1300, 1000);
    }
    lost += block.header.lost_before;
    next = block.header.first_sample + block.frames();
  }
  EXPECT_EQ(lost, 600);
  EXPECT_EQ(next, 3100);
  EXPECT_EQ(source->health().captured, 2500U);
  EXPECT_EQ(source->health().lost, 600U);
  EXPECT_EQ(source->health().gaps, 2U);
}

TEST(SyntheticSource, IsEndlessUnlessToldOtherwise) {
  const auto source = make_synthetic_source(index_signal);
  ASSERT_TRUE(source->start());
  SampleBlock block;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(read(*source, block), ReadState::block);
  EXPECT_EQ(source->health().captured, 512'000U);
}

TEST(SyntheticSource, RefusesOptionsThatMakeNoSense) {
  EXPECT_EQ(make_synthetic_source(index_signal, {.channels = 0})->start().error().code, ErrorCode::bad_input);
  EXPECT_EQ(make_synthetic_source(index_signal, {.block_frames = 0})->start().error().code, ErrorCode::bad_input);
  EXPECT_EQ(make_synthetic_source(index_signal, {.lose_frames = -1})->start().error().code, ErrorCode::bad_input);
}

TEST(SourceState, HasAWordForEachState) {
  EXPECT_STREQ(to_string(SourceState::stopped), "stopped");
  EXPECT_STREQ(to_string(SourceState::recovering), "recovering");
  EXPECT_STREQ(to_string(SourceState::ended), "ended");
}

}  // namespace
}  // namespace auscult
