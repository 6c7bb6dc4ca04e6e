// The microphone path on a real audio system: PortAudio on a PulseAudio null sink. ALSA reads its configuration once
// per process, so each test needs a separate process (ctest does that).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/portaudio_source.h"
#include "support/pulse.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::PulseNullSink;
using Clock = std::chrono::steady_clock;
constexpr int kRate = 16000;

std::vector<std::int16_t> noise(int seconds) {
  std::mt19937 random(1);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(seconds * kRate));
  for (auto& sample : samples) sample = static_cast<std::int16_t>(static_cast<int>(random() % 40001) - 20000);
  return samples;
}

void write_wav(const std::filesystem::path& path, const std::vector<std::int16_t>& samples) {
  std::vector<float> floats(samples.begin(), samples.end());
  for (float& sample : floats) sample /= 32768.0f;
  auto writer = AudioFileWriter::create(path, kRate, 1, AudioEncoding::wav_pcm16);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(floats));
  ASSERT_TRUE(writer->finish());
}

// Reads until `enough` or the deadline; says whether it was enough.
bool read_until(
    SampleSource& source, std::chrono::seconds deadline, const std::function<bool()>& enough,
    const std::function<void(const SampleBlock&)>& use = [](const SampleBlock&) {}) {
  SampleBlock block;
  for (const auto end = Clock::now() + deadline; Clock::now() < end;) {
    const auto state = source.read(block, 50ms);
    if (!state) return false;
    if (*state == ReadState::block) use(block);
    if (enough()) return true;
  }
  return false;
}

bool wait_for_state(SampleSource& source, SourceState state, std::chrono::seconds deadline) {
  return read_until(source, deadline, [&] { return source.health().state == state; });
}

// Position of `played` in `captured`, by its first samples; -1 if it is not there.
std::ptrdiff_t find_start(const std::vector<std::int16_t>& captured, const std::vector<std::int16_t>& played) {
  const auto found = std::search(captured.begin(), captured.end(), played.begin(), played.begin() + 64);
  return found == captured.end() ? -1 : found - captured.begin();
}

// SetUp is where a test can be skipped, so the server starts there.
struct PortAudioSourceTest : ::testing::Test {
  void SetUp() override {
    AUSCULT_REQUIRE_PULSE();
    pulse = std::make_unique<PulseNullSink>(kRate, 1);
    pulse->use_in_this_process();
  }
  std::unique_ptr<PulseNullSink> pulse;
  test::TempDir folder;
};

// What the source leaves to its DeviceController: a server that goes away, hangs and comes back.
struct DeviceControllerTest : PortAudioSourceTest {};

TEST_F(PortAudioSourceTest, CapturesWhatIsPlayedBitForBit) {
  const auto played = noise(12);
  // A sound server may drop the beginning of a program's sound, so a second of silence precedes it.
  std::vector<std::int16_t> file(kRate, 0);
  file.insert(file.end(), played.begin(), played.end());
  write_wav(folder / "noise.wav", file);
  auto source = make_portaudio_source();
  const Status started = source->start();
  ASSERT_TRUE(started) << to_message(started.error());
  EXPECT_EQ(source->info().sample_rate, kRate);
  EXPECT_TRUE(source->info().live);
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));

  std::vector<std::int16_t> captured;
  std::int64_t next = -1, misplaced = 0, lost = 0;
  const auto player = pulse->play(folder / "noise.wav");
  const std::size_t wanted = file.size() + 4 * kRate;
  ASSERT_TRUE(read_until(
      *source, 60s, [&] { return captured.size() >= wanted; },
      [&](const SampleBlock& block) {
        const auto channels = static_cast<std::size_t>(block.header.channels);
        for (std::size_t i = 0; i < block.interleaved.size(); i += channels) {
          captured.push_back(static_cast<std::int16_t>(std::lround(block.interleaved[i] * 32768.0f)));
        }
        if (next >= 0 && block.header.first_sample != next + block.header.lost_before) ++misplaced;
        next = block.header.first_sample + block.frames();
        lost += block.header.lost_before;
      }));
  source->stop();

  const std::ptrdiff_t start = find_start(captured, played);
  ASSERT_GE(start, 0) << "the noise was not heard";
  ASSERT_GE(captured.size() - static_cast<std::size_t>(start), played.size());
  EXPECT_TRUE(std::equal(played.begin(), played.end(), captured.begin() + start))
      << "captured sound differs from what was played";
  EXPECT_EQ(misplaced, 0);
  EXPECT_EQ(lost, 0);
  const SourceHealth health = source->health();
  EXPECT_EQ(health.lost, 0u);
  EXPECT_EQ(health.gaps, 0u);
  EXPECT_EQ(health.state, SourceState::stopped);
  std::printf("callbacks %llu, longest gap %.1f ms, captured %llu\n", static_cast<unsigned long long>(health.callbacks),
              health.callback_gap_ms, static_cast<unsigned long long>(health.captured));
}

TEST_F(DeviceControllerTest, CapturesAgainWhenTheSoundServerComesBack) {
  auto source = make_portaudio_source();
  ASSERT_TRUE(source->start());
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  const auto killed = Clock::now();
  pulse->kill();
  ASSERT_TRUE(wait_for_state(*source, SourceState::recovering, 10s)) << to_string(source->health().state);
  const auto noticed = Clock::now();
  EXPECT_NE(source->health().message.find("default"), std::string::npos) << source->health().message;

  pulse->restart();
  const auto back = Clock::now();
  std::int64_t gap = 0;
  ASSERT_TRUE(read_until(
      *source, 30s, [&] { return gap > 0; }, [&](const SampleBlock& block) { gap = block.header.lost_before; }));
  const auto samples = Clock::now();
  EXPECT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  const SourceHealth health = source->health();
  EXPECT_EQ(health.reconnects, 1u);
  EXPECT_EQ(health.gaps, 1u);
  EXPECT_EQ(health.lost, static_cast<std::uint64_t>(gap));
  EXPECT_GE(gap, std::chrono::duration_cast<std::chrono::milliseconds>(back - noticed).count() * kRate / 1000)
      << "the time without a server is part of the gap";
  const auto ms = [](auto time) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  std::printf("noticed after %ld ms, samples %ld ms after the server was back, gap %.2f s\n", ms(noticed - killed),
              ms(samples - back), static_cast<double>(gap) / kRate);
}

TEST_F(DeviceControllerTest, FallsSilentWithAFrozenServerAndStillStopsInTime) {
  auto source = make_portaudio_source();
  ASSERT_TRUE(source->start());
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  pulse->freeze();
  ASSERT_TRUE(wait_for_state(*source, SourceState::silent, 10s)) << to_string(source->health().state);
  EXPECT_FALSE(source->health().message.empty());

  const auto before = Clock::now();
  source->stop();
  const auto took = Clock::now() - before;
  EXPECT_LE(took, 3s) << "the one promise about time that stop() makes";
  std::printf("stop() took %.2f s, left behind: %d\n", std::chrono::duration<double>(took).count(), portaudio_hangs());
  if (portaudio_hangs()) {
    EXPECT_EQ(source->health().state, SourceState::failed);
    const Status again = source->start();
    ASSERT_FALSE(again) << "PortAudio is still held by the thread that hangs";
    EXPECT_EQ(again.error().code, ErrorCode::device_unavailable);
  }
  pulse->thaw();
  EXPECT_TRUE(test::eventually([] { return !portaudio_hangs(); }))
      << "a thread left behind ends once the server answers";
  EXPECT_TRUE(source->start()) << "and PortAudio is free again";
}

TEST_F(DeviceControllerTest, GoesOnAfterAShortFreezeAndCountsNothingTwice) {
  auto source = make_portaudio_source();
  ASSERT_TRUE(source->start());
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  pulse->freeze();
  ASSERT_TRUE(wait_for_state(*source, SourceState::silent, 10s));
  pulse->thaw();
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  std::int64_t end = 0, received = 0, told = 0;
  const auto until = Clock::now() + 6s;
  read_until(
      *source, 8s, [&] { return Clock::now() > until; },
      [&](const SampleBlock& block) {
        if (received == 0) end = block.header.first_sample - block.header.lost_before;
        told += block.header.lost_before;
        received += block.frames();
        EXPECT_EQ(block.header.first_sample + block.frames(), end + received + told);
      });
  EXPECT_EQ(source->health().reconnects, 0u);
  EXPECT_EQ(source->health().lost, static_cast<std::uint64_t>(told));
  std::printf("after a freeze of about 1 s: %.2f s lost\n", static_cast<double>(told) / kRate);
}

TEST_F(DeviceControllerTest, SaysThatItHangsAndGoesOnByItselfAfterALongFreeze) {
  auto source = make_portaudio_source();
  ASSERT_TRUE(source->start());
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  pulse->freeze();
  ASSERT_TRUE(wait_for_state(*source, SourceState::failed, 30s)) << "reopening a stuck stream hangs in its close";
  EXPECT_NE(source->health().message.find("not answered"), std::string::npos) << source->health().message;
  pulse->thaw();
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 30s)) << to_string(source->health().state);
  EXPECT_GE(source->health().reconnects, 1u);
  EXPECT_GT(source->health().lost, 0u);
}

TEST_F(PortAudioSourceTest, LosesNothingWhenTheReaderPausesForLessThanTheRing) {
  auto source = make_portaudio_source();
  ASSERT_TRUE(source->start());
  ASSERT_TRUE(wait_for_state(*source, SourceState::running, 10s));
  std::this_thread::sleep_for(4s);  // the pause of the reader: half of the ring
  std::int64_t frames = 0;
  ASSERT_TRUE(read_until(
      *source, 20s, [&] { return frames >= 8 * kRate; }, [&](const SampleBlock& block) { frames += block.frames(); }));
  EXPECT_EQ(source->health().lost, 0u);
}

TEST_F(PortAudioSourceTest, ListsWhatThereIsForAnUnknownName) {
  auto source = make_portaudio_source({.device = "gramophone"});
  const Status started = source->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::device_unavailable);
  EXPECT_NE(started.error().hint.find("default"), std::string::npos) << started.error().hint;
}

TEST_F(PortAudioSourceTest, AllowsSeveralCapturesAtOnce) {
  auto first = make_portaudio_source();
  auto second = make_portaudio_source();
  ASSERT_TRUE(first->start());
  ASSERT_TRUE(second->start());
  ASSERT_TRUE(wait_for_state(*first, SourceState::running, 10s));
  ASSERT_TRUE(wait_for_state(*second, SourceState::running, 10s));
  first->stop();
  std::int64_t frames = 0;
  EXPECT_TRUE(read_until(
      *second, 10s, [&] { return frames >= kRate; }, [&](const SampleBlock& block) { frames += block.frames(); }));
  EXPECT_EQ(second->health().lost, 0U);
  EXPECT_EQ(second->health().reconnects, 0U);
}

TEST(PortAudioSourceConfiguration, WithoutADefaultDeviceIsAnErrorAndNotAnAbort) {
  const test::TempDir folder;
  test::write_file(folder / "asound.conf", "pcm.other { type null }\n");
  setenv("ALSA_CONFIG_PATH", (folder / "asound.conf").c_str(), 1);
  auto source = make_portaudio_source();
  const Status started = source->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::device_unavailable);
  EXPECT_FALSE(started.error().hint.empty());
}

TEST(PortAudioSourceConfiguration, WithoutAMicrophoneSaysSo) {
  const test::TempDir folder;
  test::write_file(folder / "asound.conf", "pcm.default { type pulse server \"unix:/nonexistent\" }\n");
  setenv("ALSA_CONFIG_PATH", (folder / "asound.conf").c_str(), 1);
  auto source = make_portaudio_source();
  const Status started = source->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::device_unavailable);
  EXPECT_NE(started.error().what.find("no microphone"), std::string::npos);
  EXPECT_FALSE(started.error().hint.empty());
}

}  // namespace
}  // namespace auscult
