// The monitor's recordings: clips for training, with the samples that were scored, and numbers for hints.
#include <atomic>
#include <cmath>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/file_source.h"
#include "dataset/index.h"
#include "monitor/live_monitor.h"
#include "scoring/clip_score.h"
#include "sound_recorder.h"
#include "support/scoring.h"
#include "support/tiny_model.h"
#include "support/wait.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::Samples;
using test::TempDir;

constexpr int kRate = 16000;

Samples read_clip(const std::filesystem::path& path) {
  auto reader = AudioFileReader::open(path);
  if (!reader) throw std::runtime_error(to_message(reader.error()));
  EXPECT_EQ(reader->info().sample_rate, kRate);
  EXPECT_EQ(reader->info().channels, 1);
  Samples samples(static_cast<std::size_t>(reader->info().frames));
  EXPECT_EQ(reader->read(samples).value_or(-1), reader->info().frames);
  return samples;
}

std::vector<std::filesystem::path> clips_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> clips;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) clips.push_back(entry.path());
  std::sort(clips.begin(), clips.end());
  return clips;
}

void push(SoundRecorder& recorder, const Samples& samples) {
  test::in_pieces(samples, {512, 480, 1}, [&](auto piece) { recorder.push(piece); });
}

TEST(SoundRecorder, CutsSoundIntoClipsOfTenSecondsToTheBit) {
  const TempDir folder;
  const Samples sound = machine_sound(24.0);
  SoundRecorder recorder(kRate);
  push(recorder, machine_sound(1.0));  // before it was asked for
  recorder.start(folder / "new" / "deeper");
  push(recorder, sound);
  recorder.stop();
  EXPECT_EQ(recorder.status().state, RecordingState::finishing);
  recorder.store();
  const RecordingStatus status = recorder.status();
  EXPECT_EQ(status.state, RecordingState::finished);
  EXPECT_EQ(status.clips, 3);
  EXPECT_NEAR(status.seconds, 24.0, 1e-9);
  EXPECT_NEAR(status.stored_seconds, 24.0, 1e-9);
  Samples kept;
  for (const auto& clip : clips_in(folder / "new" / "deeper")) {
    const Samples part = read_clip(clip);
    kept.insert(kept.end(), part.begin(), part.end());
  }
  EXPECT_TRUE(kept == sound) << "what is learned must be what was heard";
}

TEST(SoundRecorder, GapEndsAClipAndTooShortPiecesAreDropped) {
  const TempDir folder;
  SoundRecorder recorder(kRate);
  recorder.start(folder.path());
  push(recorder, machine_sound(4.0));
  recorder.gap(800);
  push(recorder, machine_sound(1.0));
  recorder.gap(1600);
  push(recorder, machine_sound(12.0));
  recorder.stop();
  recorder.store();
  const RecordingStatus status = recorder.status();
  std::vector<std::size_t> lengths;
  for (const auto& clip : clips_in(folder.path())) lengths.push_back(read_clip(clip).size());
  EXPECT_EQ(lengths, (std::vector<std::size_t>{4 * kRate, 10 * kRate}));
  EXPECT_EQ(status.lost, 2400);
  EXPECT_EQ(status.gaps, 2);
  EXPECT_NEAR(status.seconds, 14.0, 1e-9);
  EXPECT_NEAR(status.dropped_seconds, 3.0, 1e-9) << "1 s between two gaps, and 2 s at the end";
}

TEST(SoundRecorder, KeepsLevelsSecondBySecond) {
  const TempDir folder;
  SoundRecorder recorder(kRate);
  recorder.start(folder.path());
  push(recorder, Samples(kRate, 0.1F));
  recorder.gap(100);
  Samples clipped(kRate, 0.01F);
  for (std::size_t i = 0; i < 160; ++i) clipped[i] = 1.0F;
  push(recorder, clipped);
  push(recorder, Samples(kRate / 2, 0.1F));
  const RecordingStatus status = recorder.status();
  ASSERT_EQ(status.levels.size(), 2U) << "a second that is not over has no level yet";
  EXPECT_NEAR(status.levels[0].rms_dbfs, -20.0F, 0.01F);
  EXPECT_NEAR(status.levels[0].peak_dbfs, -20.0F, 0.01F);
  EXPECT_FALSE(status.levels[0].lost);
  EXPECT_TRUE(status.levels[1].lost);
  EXPECT_NEAR(status.levels[1].clipped, 0.01F, 1e-6F);
  EXPECT_NEAR(status.peak_dbfs, 0.0F, 1e-3F);
  EXPECT_NEAR(status.clipped_share, 160.0 / 40000.0, 1e-9);
}

TEST(SoundRecorder, ASecondRecordingBeginsAfresh) {
  const TempDir folder;
  SoundRecorder recorder(kRate);
  recorder.start(folder / "a");
  push(recorder, machine_sound(5.0));
  recorder.start(folder / "ignored");
  EXPECT_EQ(recorder.status().folder, folder / "a") << "one at a time";
  recorder.stop();
  recorder.store();
  recorder.start(folder / "b");
  EXPECT_EQ(recorder.status().seconds, 0.0);
  push(recorder, machine_sound(3.0));
  recorder.stop();
  recorder.store();
  EXPECT_EQ(clips_in(folder / "a").size(), 1U);
  EXPECT_EQ(clips_in(folder / "b").size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(folder / "ignored"));
}

TEST(SoundRecorder, StoppedBeforeAnythingCameItIsFinishedWithNothing) {
  const TempDir folder;
  SoundRecorder recorder(kRate);
  EXPECT_EQ(recorder.status().state, RecordingState::none);
  recorder.start(folder / "a");
  recorder.stop();
  recorder.store();
  EXPECT_EQ(recorder.status().state, RecordingState::finished);
  EXPECT_EQ(recorder.status().clips, 0);
}

// A recording that is monitored while it is recorded, with rate conversion.
TEST(LiveMonitorRecording, RecordsWhatTheFrontendHearsAndItScoresTheSame) {
  const TempDir folder;
  test::write_sound(folder / "in.wav", machine_sound(8.0, {.seed = 5, .rate = 48000}), 48000);
  LiveOptions options;
  options.lossless = true;
  LiveMonitor monitor(test::tiny_model(), make_file_source(folder / "in.wav", {.block_frames = 333}), options);
  monitor.start_recording(folder / "rec");  // before the first block
  ASSERT_TRUE(monitor.start());
  test::HopRecord ignored;
  std::vector<double> live;
  LiveHop hop;
  ASSERT_TRUE(test::eventually([&] {
    const bool last = monitor.status().finished;  // before the hops, so that none is missed
    while (monitor.poll(hop)) live.push_back(hop.fused);
    return last;
  }));
  monitor.stop();
  ASSERT_EQ(monitor.recording().state, RecordingState::finished);
  ASSERT_EQ(monitor.recording().clips, 1);
  Scorer scorer(test::tiny_model());
  std::vector<double> again;
  scorer.push(read_clip(clips_in(folder / "rec").front()), [&](const Hop& h) { again.push_back(h.fused); });
  ASSERT_GT(again.size(), 200U);
  EXPECT_TRUE(live == again);
}

TEST(LiveMonitorRecording, RecordsAFolderToTrainOn) {
  const TempDir folder;
  test::write_sound(folder / "in.wav", machine_sound(90.0, {.seed = 6}));
  LiveOptions options;
  options.hop_queue = 16;
  LiveMonitor monitor(test::tiny_model(), make_file_source(folder / "in.wav"), options);
  monitor.start_recording(folder / "recordings" / "abnormal noise");  // a name must not become a label
  ASSERT_TRUE(monitor.start());
  ASSERT_TRUE(test::eventually([&] { return monitor.status().finished; }));
  monitor.stop();
  TrainRequest request = test::tiny_request(folder / "recordings" / "abnormal noise");
  request.device = "USB mic";
  request.live = {48000, 2, 1};
  const auto outcome = train_model(request);
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_EQ(outcome->model->training.clips, 9);
  EXPECT_EQ(outcome->model->training.device, "USB mic");
  EXPECT_EQ(outcome->model->training.source_rate, 48000);
  EXPECT_EQ(outcome->model->training.source_channels, 2);
  EXPECT_EQ(outcome->model->preset.channel, 1) << "the channel that was recorded is the one to listen to";
}

}  // namespace
}  // namespace auscult
