// A full or read-only disk ends a recording with a reason; clips written before are valid, and monitoring continues.
#include <csignal>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/file_source.h"
#include "monitor/live_monitor.h"
#include "sound_recorder.h"
#include "support/full_disk.h"
#include "support/ordinary_user.h"
#include "support/tiny_model.h"
#include "support/wait.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::TempDir;

int readable_clips(const std::filesystem::path& folder) {
  int readable = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_TRUE(AudioFileReader::open(entry.path())) << entry.path();
    ++readable;
  }
  return readable;
}

TEST(SoundRecorder, AFullDiskEndsTheRecordingAndKeepsTheClipsBefore) {
  const TempDir folder;
  SoundRecorder recorder(16000);
  recorder.start(folder.path());
  recorder.push(machine_sound(10.0));
  recorder.store();
  {
    const test::FullDisk full(100000);
    recorder.push(machine_sound(10.0));
    recorder.store();
  }
  const RecordingStatus status = recorder.status();
  EXPECT_EQ(status.state, RecordingState::failed);
  ASSERT_TRUE(status.error);
  EXPECT_EQ(status.error->code, ErrorCode::write_failed);
  EXPECT_FALSE(status.error->hint.empty());
  EXPECT_EQ(status.clips, 1);
  EXPECT_NEAR(status.stored_seconds, 10.0, 1e-9);
  EXPECT_EQ(readable_clips(folder.path()), 1) << "nothing half-written is left";
  recorder.push(machine_sound(20.0));
  recorder.store();
  EXPECT_EQ(readable_clips(folder.path()), 1) << "given up is given up";
}

TEST(SoundRecorder, AFolderThatCannotBeMadeIsReportedAtOnce) {
  const TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec |
                                                  std::filesystem::perms::others_read |
                                                  std::filesystem::perms::others_exec);
  const test::AsOrdinaryUser nobody;
  SoundRecorder recorder(16000);
  recorder.start(folder / "new");
  recorder.store();
  EXPECT_EQ(recorder.status().state, RecordingState::failed);
  ASSERT_TRUE(recorder.status().error);
  EXPECT_NE(recorder.status().error->context.find("new"), std::string::npos);
}

TEST(SoundRecorder, ADiskThatNeverWritesDoesNotEatTheMemory) {
  const TempDir folder;
  SoundRecorder recorder(16000);
  recorder.start(folder.path());
  for (int i = 0; i < 30; ++i)
    recorder.push(test::Samples(160000, 0.1F));  // five minutes, and the storage thread hangs
  EXPECT_EQ(recorder.status().state, RecordingState::failed);
  EXPECT_NE(recorder.status().error->what.find("too slow"), std::string::npos);
  EXPECT_LT(recorder.status().seconds, 200.0);
}

TEST(LiveMonitorRecording, GoesOnWhereARecordingCannotBeWritten) {
  const TempDir folder;
  test::write_file(folder / "file", "in the way");
  test::write_sound(folder / "in.wav", machine_sound(20.0, {.seed = 7}));
  LiveMonitor monitor(test::tiny_model(), make_file_source(folder / "in.wav"), {});
  monitor.start_recording(folder / "file" / "below");
  ASSERT_TRUE(monitor.start());
  ASSERT_TRUE(test::eventually([&] { return monitor.status().finished; }));
  monitor.stop();
  EXPECT_EQ(monitor.recording().state, RecordingState::failed);
  EXPECT_FALSE(monitor.status().error);
  EXPECT_GT(monitor.status().frames, 600U) << "all of the recording was heard";
}

}  // namespace
}  // namespace auscult
