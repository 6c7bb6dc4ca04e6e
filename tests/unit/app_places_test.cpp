// Default file locations, input selection and the list of devices.
#include <gtest/gtest.h>

#include "app/device_list.h"
#include "app/places.h"
#include "app/source_spec.h"
#include "base/xdg.h"

namespace auscult {
namespace {

TEST(DataPlaces, AllLieBelowOneFolder) {
  const DataPlaces places = {.root = "/data"};
  EXPECT_EQ(places.event_database(), "/data/events.db");
  EXPECT_EQ(places.event_clips(), "/data/clips");
  EXPECT_EQ(places.models(), "/data/models");
  EXPECT_EQ(places.recordings(), "/data/recordings");
  EXPECT_EQ(default_data_places().root, user_data_dir());
  EXPECT_EQ(default_settings_file().parent_path(), user_config_dir());
}

TEST(SourceSpec, IsADeviceUnlessARecordingIsNamed) {
  EXPECT_TRUE(SourceSpec{}.live());
  EXPECT_EQ(SourceSpec{}.label(), "Default input");
  EXPECT_EQ(SourceSpec{.device = "USB mic"}.label(), "USB mic");
  const SourceSpec file = {.device = "USB mic", .recording = "/night/pump.wav"};
  EXPECT_FALSE(file.live());
  EXPECT_EQ(file.label(), "pump.wav");
}

TEST(SourceSpec, ChannelAndGainReachTheMonitor) {
  const LiveOptions plain = live_options({});
  EXPECT_FALSE(plain.channel);
  const LiveOptions tuned = live_options({.channel = 1, .gain_db = 6.0});
  EXPECT_EQ(tuned.channel, 1);
  EXPECT_EQ(tuned.gain_db, 6.0);
}

TEST(SourceSpec, ARecordingThatIsMissingFailsWhenItIsStarted) {
  const auto source = make_source({.recording = "/nowhere/night.wav"}, Model{});
  const Status started = source->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::file_not_found);
}

TEST(DeviceListJson, ComesBackAsItWasWritten) {
  const std::vector<InputDevice> written = {{.name = "Mic \"1\"",
                                             .host_api = "ALSA",
                                             .max_channels = 2,
                                             .default_sample_rate = 44100.0,
                                             .default_latency = 0.01,
                                             .is_default = true},
                                            {.name = "Line", .host_api = ""}};
  const auto read = parse_device_list(device_list_json(written));
  ASSERT_TRUE(read) << to_message(read.error());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].name, "Mic \"1\"");
  EXPECT_EQ((*read)[0].host_api, "ALSA");
  EXPECT_EQ((*read)[0].max_channels, 2);
  EXPECT_EQ((*read)[0].default_sample_rate, 44100.0);
  EXPECT_TRUE((*read)[0].is_default);
  EXPECT_FALSE((*read)[1].is_default);
  for (const char* text : {"", "{}", "[]", R"({"devices": 3})", R"({"devices": [{"channels": 2}]})"})
    EXPECT_FALSE(parse_device_list(text)) << text;
}

}  // namespace
}  // namespace auscult
