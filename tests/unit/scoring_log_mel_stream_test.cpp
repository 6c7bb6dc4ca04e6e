// The installed interface of the frontend: the same frames from a recording, from samples in any chunking, and from the
// path that scores.
#include <algorithm>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "auscult/frontend.h"
#include "model/model.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

std::vector<float> frames_of(LogMelStream& stream, std::span<const float> samples, std::size_t chunk) {
  std::vector<float> values;
  for (std::size_t at = 0; at < samples.size(); at += chunk)
    stream.push(samples.subspan(at, std::min(chunk, samples.size() - at)), [&](double, std::span<const float> log_mel) {
      values.insert(values.end(), log_mel.begin(), log_mel.end());
    });
  return values;
}

class LogMelStreamTest : public testing::Test {
 protected:
  const test::TempDir folder_;
  const test::Samples sound_ = test::machine_sound(2.0);
};

TEST_F(LogMelStreamTest, GivesTheFramesOfARecordingInAnyChunking) {
  test::write_sound(folder_ / "a.wav", sound_);
  const auto recording = log_mels_of_recording(folder_ / "a.wav");
  ASSERT_TRUE(recording) << to_message(recording.error());
  EXPECT_EQ(recording->mels, 64);
  EXPECT_EQ(recording->frames(), 1U + (32000U - 1024U) / 512U);
  EXPECT_EQ(recording->seconds_per_frame, 0.032);
  EXPECT_EQ(recording->invalid_samples, 0U);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{160}, std::size_t{32000}}) {
    LogMelStream stream;
    EXPECT_EQ(stream.sample_rate(), 16000);
    EXPECT_EQ(frames_of(stream, sound_, chunk), recording->values) << chunk;
  }
}

TEST_F(LogMelStreamTest, UsesTheFrontendOfAModel) {
  test::write_sound(folder_ / "a.wav", sound_);
  const auto recording = log_mels_of_recording(folder_ / "a.wav", {.model = test::tiny_model()});
  ASSERT_TRUE(recording) << to_message(recording.error());
  EXPECT_EQ(recording->mels, 16);
  LogMelStream stream(test::tiny_model());
  EXPECT_EQ(stream.mels(), 16);
  EXPECT_EQ(frames_of(stream, sound_, 777), recording->values);
}

TEST_F(LogMelStreamTest, HasNoFrameAcrossAGapButItsTime) {
  LogMelStream stream;
  std::vector<double> times;
  const auto sink = [&](double time_s, std::span<const float>) { times.push_back(time_s); };
  stream.push(std::span(sound_).first(1500), sink);
  stream.gap(16000);
  stream.push(std::span(sound_).first(1500), sink);
  EXPECT_EQ(times, (std::vector<double>{1024.0 / 16000.0, (1500.0 + 16000.0 + 1024.0) / 16000.0}));
}

TEST_F(LogMelStreamTest, ReportsWhyARecordingHasNoFrames) {
  test::write_sound(folder_ / "short.wav", test::Samples(100, 0.1F));
  test::write_sound(folder_ / "mono.wav", sound_);
  EXPECT_EQ(log_mels_of_recording(folder_ / "none.wav").error().code, ErrorCode::file_not_found);
  EXPECT_EQ(log_mels_of_recording(folder_ / "short.wav").error().code, ErrorCode::too_short);
  EXPECT_EQ(log_mels_of_recording(folder_ / "mono.wav", {.channel = 1}).error().code, ErrorCode::bad_input);
}

}  // namespace
}  // namespace auscult
