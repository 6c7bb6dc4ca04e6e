// A full disk costs the monitor clips, but never events.
#include <gtest/gtest.h>

#include "audio/file_source.h"
#include "monitor/live_monitor.h"
#include "support/full_disk.h"
#include "support/tiny_model.h"
#include "support/wait.h"

namespace auscult {
namespace {

TEST(LiveMonitorStorage, GoesOnAndShowsTroubleWhereTheDiskIsFull) {
  const test::TempDir folder;
  const auto model = test::tiny_model();
  test::write_sound(folder / "in.wav",
                    test::machine_sound(20.0, {.seed = 90, .fault = 0.3, .fault_begin_s = 8.0, .fault_end_s = 11.0}));
  LiveOptions options;
  options.clip_dir = folder / "clips";
  LiveMonitor monitor(model, make_file_source(folder / "in.wav"), options);
  {
    const test::FullDisk full(2000);
    ASSERT_TRUE(monitor.start());
    ASSERT_TRUE(test::eventually([&] { return monitor.status().finished; }));
    monitor.stop();
  }
  int events = 0;
  for (Event event; monitor.poll_event(event);) ++events;
  const LiveStatus status = monitor.status();
  EXPECT_EQ(events, 2);
  EXPECT_FALSE(status.error) << to_message(*status.error);
  EXPECT_NEAR(status.stream_time_s, 20.0, 0.1);
  ASSERT_TRUE(status.storage_trouble);
  EXPECT_EQ(status.storage_trouble->code, ErrorCode::write_failed);
}

}  // namespace
}  // namespace auscult
