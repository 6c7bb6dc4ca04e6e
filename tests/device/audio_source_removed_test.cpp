// A microphone that is unplugged and comes back while the sound server goes on: PulseAudio, and PipeWire with its Pulse
// server. ALSA reads its configuration once per process, so each test needs a separate process (ctest does that).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <gtest/gtest.h>

#include "audio/portaudio_source.h"
#include "support/pulse.h"
#include "support/sounds.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::PulseNullSink;
using test::SoundServer;
using Clock = std::chrono::steady_clock;
constexpr int kRate = 16000;

// To tell "late" from "never".
constexpr auto kPatience = 30s;

struct SourceRemoved : ::testing::TestWithParam<SoundServer> {
  void SetUp() override {
    if (const auto missing = PulseNullSink::missing(GetParam()); !missing.empty()) GTEST_SKIP() << missing;
    server = std::make_unique<PulseNullSink>(kRate, 1, GetParam());
    server->use_in_this_process();
    source = make_portaudio_source();
    const Status started = source->start();
    ASSERT_TRUE(started) << to_message(started.error());
    ASSERT_TRUE(runs()) << to_string(source->health().state) << ": " << source->health().message;
  }
  bool runs() {
    return test::eventually([&] {
      SampleBlock block;
      return source->read(block, 20ms) && source->health().state == SourceState::running;
    });
  }
  // Time until a block arrives; nothing: zero.
  std::chrono::duration<double> heard_within(std::chrono::seconds limit) {
    const auto begin = Clock::now();
    SampleBlock block;
    while (Clock::now() - begin < limit) {
      const auto state = source->read(block, 50ms);
      if (!state) return 0s;
      if (*state == ReadState::block) return Clock::now() - begin;
    }
    return 0s;
  }
  // Reads what arrives until the source says that it hears nothing; the time that took.
  std::chrono::duration<double> noticed_within(std::chrono::seconds limit) {
    const auto begin = Clock::now();
    SampleBlock block;
    while (Clock::now() - begin < limit) {
      if (!source->read(block, 20ms)) return 0s;
      if (source->health().state != SourceState::running) return Clock::now() - begin;
    }
    return 0s;
  }
  std::unique_ptr<PulseNullSink> server;
  std::unique_ptr<SampleSource> source;
};

TEST_P(SourceRemoved, IsNoticedAndHeardAgainWhenItIsBack) {
  if (GetParam() == SoundServer::pipewire)
    GTEST_SKIP() << "PipeWire connects the stream with its dummy device: see SourceRemovedOnPipeWire";
  server->remove_sink();
  const auto noticed = noticed_within(kPatience);
  ASSERT_GT(noticed, 0s) << to_string(source->health().state);
  EXPECT_FALSE(source->health().message.empty());
  server->add_sink();
  const auto heard = heard_within(kPatience);
  ASSERT_GT(heard, 0s) << to_string(source->health().state) << ": " << source->health().message;
  EXPECT_TRUE(runs()) << to_string(source->health().state) << ": " << source->health().message;
  EXPECT_EQ(source->health().gaps, 1U);
  EXPECT_GT(source->health().lost, 0U);
  const auto before = Clock::now();
  source->stop();
  EXPECT_LE(Clock::now() - before, 3s);
  EXPECT_LT(noticed, 2s);
  EXPECT_LT(heard, 5s);
  std::printf("noticed after %.2f s, heard %.2f s after it was back\n", noticed.count(), heard.count());
}

TEST_P(SourceRemoved, AServerThatIsRestartedIsHeardAgain) {
  server->kill();
  const auto noticed = noticed_within(kPatience);
  ASSERT_GT(noticed, 0s) << to_string(source->health().state);
  server->restart();
  const auto heard = heard_within(kPatience);
  ASSERT_GT(heard, 0s) << to_string(source->health().state) << ": " << source->health().message;
  EXPECT_LT(noticed, 2s);
  EXPECT_LT(heard, 5s);
  std::printf("noticed after %.2f s, heard %.2f s after it was back\n", noticed.count(), heard.count());
}

// PipeWire keeps the stream, and its sound is that of a dummy device: digital silence, which is reported as such
// (OddSound), until WirePlumber connects the stream with its source again.
struct SourceRemovedOnPipeWire : SourceRemoved {
  // Reads until a block is silent, or until one is not; the time that took.
  std::chrono::duration<double> until_silent(bool silent) {
    const auto begin = Clock::now();
    SampleBlock block;
    while (Clock::now() - begin < kPatience) {
      const auto state = source->read(block, 50ms);
      if (!state || *state != ReadState::block) continue;
      const bool zero =
          std::all_of(block.interleaved.begin(), block.interleaved.end(), [](float x) { return x == 0.0F; });
      if (zero == silent) return Clock::now() - begin;
    }
    return 0s;
  }
};

TEST_P(SourceRemovedOnPipeWire, GoesOnAsSilence) {
  const test::TempDir folder;
  test::write_sound(folder / "sound.wav", test::machine_sound(60.0), kRate, 1, AudioEncoding::wav_pcm16);
  auto player = server->play(folder / "sound.wav");
  ASSERT_GT(until_silent(false), 0s) << "nothing is heard";
  player.reset();  // or it would go on, and play into the dummy device
  ASSERT_GT(until_silent(true), 0s);
  server->remove_sink();
  const auto gone = Clock::now();
  ASSERT_TRUE(runs()) << "the stream goes on";
  while (Clock::now() - gone < 3s) ASSERT_GT(until_silent(true), 0s);
  EXPECT_EQ(source->health().reconnects, 0U);
  server->add_sink();
  player = server->play(folder / "sound.wav");
  const auto heard = until_silent(false);
  ASSERT_GT(heard, 0s);
  EXPECT_LT(heard, 5s);
  std::printf("heard %.2f s after it was back\n", heard.count());
}

INSTANTIATE_TEST_SUITE_P(On, SourceRemovedOnPipeWire, ::testing::Values(SoundServer::pipewire),
                         [](const auto&) { return "PipeWire"; });
INSTANTIATE_TEST_SUITE_P(On, SourceRemoved, ::testing::Values(SoundServer::pulseaudio, SoundServer::pipewire),
                         [](const auto& server) {
                           return server.param == SoundServer::pipewire ? "PipeWire" : "PulseAudio";
                         });

}  // namespace
}  // namespace auscult
