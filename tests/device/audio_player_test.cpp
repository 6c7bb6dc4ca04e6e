// Playback on a real audio system: PortAudio's output goes into a PulseAudio null sink, whose monitor a capture in the
// same program records. ALSA reads its configuration once per process, so each test needs a separate process (ctest
// does that).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/player.h"
#include "audio/portaudio_source.h"
#include "support/pulse.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::PulseNullSink;
using Clock = std::chrono::steady_clock;
constexpr int kRate = 16000;

std::vector<float> noise(double seconds, int rate = kRate) {
  std::mt19937 random(1);
  std::vector<float> samples(static_cast<std::size_t>(seconds * rate));
  for (float& sample : samples) sample = static_cast<float>(static_cast<int>(random() % 40001) - 20000) / 32768.0F;
  return samples;
}

std::vector<int> whole(const std::vector<float>& samples) {
  std::vector<int> integers;
  for (const float sample : samples) integers.push_back(static_cast<int>(std::lround(sample * 32768.0F)));
  return integers;
}

void write_flac(const std::filesystem::path& path, const std::vector<float>& samples, int rate = kRate) {
  auto writer = AudioFileWriter::create(path, rate, 1, AudioEncoding::flac_pcm16);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(samples));
  ASSERT_TRUE(writer->finish());
}

bool becomes(const Player& player, PlayState state, std::chrono::seconds deadline = 15s) {
  if (test::eventually([&] { return player.status().state == state; }, deadline)) return true;
  ADD_FAILURE() << to_string(player.status().state)
                << (player.status().error ? ": " + to_message(*player.status().error) : "");
  return false;
}

struct PlayerDevice : ::testing::Test {
  void SetUp() override {
    AUSCULT_REQUIRE_PULSE();
    pulse = std::make_unique<PulseNullSink>(kRate, 1);
    pulse->use_in_this_process();
  }
  // Records what the sink receives (one channel) until `enough`.
  std::vector<float> capture_until(SampleSource& source, const std::function<bool()>& enough) {
    std::vector<float> heard;
    SampleBlock block;
    for (const auto end = Clock::now() + 30s; Clock::now() < end && !enough();) {
      const auto state = source.read(block, 20ms);
      if (!state || *state != ReadState::block) continue;
      lost += block.header.lost_before;
      for (std::size_t i = 0; i < block.interleaved.size(); i += static_cast<std::size_t>(block.header.channels))
        heard.push_back(block.interleaved[i]);
    }
    return heard;
  }
  std::unique_ptr<SampleSource> running_capture() {
    auto source = make_portaudio_source();
    const Status started = source->start();
    EXPECT_TRUE(started) << to_message(started.error());
    capture_until(*source, [&] { return source->health().state == SourceState::running; });
    return source;
  }
  std::unique_ptr<PulseNullSink> pulse;
  test::TempDir folder;
  std::int64_t lost = 0;  // by the capture
};

TEST_F(PlayerDevice, WhatIsPlayedArrivesBitForBitBesideARunningCapture) {
  const auto played = noise(3.0);
  write_flac(folder / "clip.flac", played);
  auto source = running_capture();
  Player player;
  player.start(folder / "clip.flac");
  std::optional<Clock::time_point> finished;
  const auto heard = whole(capture_until(*source, [&] {
    if (!finished && player.finished()) finished = Clock::now();
    return finished && Clock::now() > *finished + 500ms;
  }));
  const auto expected = whole(played);
  const auto start = std::search(heard.begin(), heard.end(), expected.begin(), expected.begin() + 64);
  ASSERT_NE(start, heard.end()) << "nothing was heard; " << to_string(player.status().state);
  ASSERT_GE(heard.end() - start, static_cast<std::ptrdiff_t>(expected.size())) << "the end was cut off";
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), start));
  EXPECT_EQ(player.status().underruns, 0U);
  EXPECT_EQ(lost, 0) << "playing disturbs the capture";
  EXPECT_DOUBLE_EQ(player.status().duration_s, 3.0);
  EXPECT_NEAR(player.position(), 3.0, 1e-9);
}

TEST_F(PlayerDevice, PlaysFromThePlaceAskedFor) {
  const auto played = noise(4.0);
  write_flac(folder / "clip.flac", played);
  auto source = running_capture();
  Player player;
  player.start(folder / "clip.flac", 2.5);
  std::optional<Clock::time_point> finished;
  const auto heard = whole(capture_until(*source, [&] {
    if (!finished && player.finished()) finished = Clock::now();
    return finished && Clock::now() > *finished + 500ms;
  }));
  const auto expected = whole(played);
  const auto from = expected.begin() + static_cast<std::ptrdiff_t>(2.5 * kRate);
  EXPECT_NE(std::search(heard.begin(), heard.end(), from, from + 64), heard.end());
  EXPECT_EQ(std::search(heard.begin(), heard.end(), from - 64, from), heard.end()) << "nothing from before";
  EXPECT_NEAR(player.position(), 4.0, 1e-9);
}

TEST_F(PlayerDevice, StopEndsItAndAnotherSoundTakesItsPlace) {
  write_flac(folder / "long.flac", noise(30.0));
  Player player;
  player.start(folder / "long.flac");
  ASSERT_TRUE(becomes(player, PlayState::playing));
  EXPECT_TRUE(test::eventually([&] { return player.position() > 0.0; }));
  EXPECT_LT(player.position(), 30.0);
  player.stop();
  EXPECT_EQ(player.status().state, PlayState::idle);
  player.start(folder / "long.flac");
  ASSERT_TRUE(becomes(player, PlayState::playing));
  player.start(noise(0.5), kRate, 1);
  EXPECT_TRUE(player.status().path.empty());
  EXPECT_TRUE(becomes(player, PlayState::finished));
  EXPECT_NEAR(player.position(), 0.5, 1e-9);
  EXPECT_TRUE(player.close());
}

TEST_F(PlayerDevice, AFileThatIsMissingIsAnErrorAndTheNextOnePlays) {
  Player player;
  player.start(folder / "nowhere.flac");
  ASSERT_TRUE(becomes(player, PlayState::failed));
  EXPECT_EQ(player.status().error->code, ErrorCode::file_not_found);
  player.start(noise(0.3), kRate, 1);
  EXPECT_TRUE(becomes(player, PlayState::finished));
}

TEST_F(PlayerDevice, AFrozenSoundServerKeepsNobodyWaiting) {
  Player player;
  player.start(noise(60.0), kRate, 1);
  ASSERT_TRUE(becomes(player, PlayState::playing));
  pulse->freeze();
  EXPECT_TRUE(becomes(player, PlayState::failed, 20s));
  ASSERT_TRUE(player.status().error);
  EXPECT_FALSE(player.status().error->hint.empty());
  const auto before = Clock::now();
  const bool ended = player.close();
  EXPECT_LE(Clock::now() - before, 3s) << "the one promise about time that close() makes";
  std::printf("frozen server: close() %s\n", ended ? "ended the thread" : "left the thread behind");
  pulse->thaw();
  EXPECT_TRUE(test::eventually([] { return !portaudio_hangs(); })) << "a thread left behind ends";
}

TEST_F(PlayerDevice, PlayingEndsWhenTheCaptureHasToLookForItsDevice) {
  auto source = running_capture();
  Player player;
  player.start(noise(60.0), kRate, 1);
  ASSERT_TRUE(becomes(player, PlayState::playing));
  pulse->kill();
  EXPECT_TRUE(becomes(player, PlayState::failed, 20s));
  pulse->restart();
  capture_until(*source, [&] { return source->health().reconnects > 0; });
  EXPECT_EQ(source->health().reconnects, 1U) << "a player must not keep a device from being found again";
  player.start(noise(0.3), kRate, 1);
  EXPECT_TRUE(becomes(player, PlayState::finished)) << "and plays again";
}

TEST(PlayerConfiguration, WithoutAnOutputSaysSo) {
  const test::TempDir folder;
  test::write_file(folder / "asound.conf", "pcm.default { type pulse server \"unix:/nonexistent\" }\n");
  setenv("ALSA_CONFIG_PATH", (folder / "asound.conf").c_str(), 1);
  Player player;
  player.start(noise(0.3), kRate, 1);
  ASSERT_TRUE(becomes(player, PlayState::failed));
  EXPECT_EQ(player.status().error->code, ErrorCode::device_unavailable);
  EXPECT_FALSE(player.status().error->hint.empty());
}

}  // namespace
}  // namespace auscult
