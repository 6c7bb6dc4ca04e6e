// An hour of sound through the live monitor at full speed, with events, clips and losses: every sample is accounted
// for, and memory does not grow. AUSCULT_SOAK_HOURS sets another length.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/synthetic_source.h"
#include "monitor/live_monitor.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult {
namespace {

constexpr std::int64_t kRate = 16000, kMinute = 60 * kRate;
constexpr std::int64_t kWarmUp = 15;  // minutes of sound

std::int64_t minutes_to_hear() {
  const char* hours = std::getenv("AUSCULT_SOAK_HOURS");
  return static_cast<std::int64_t>(60.0 * (hours ? std::stod(hours) : 1.0));
}

// The demo recording: a pump that fails.
std::vector<float> demo() {
  auto reader = AudioFileReader::open(test::source_dir() / "assets/demo.flac");
  std::vector<float> samples(reader ? static_cast<std::size_t>(reader->info().frames) : 0U);
  if (!reader || reader->read(samples).value_or(0) != reader->info().frames) ADD_FAILURE() << "no demo recording";
  return samples;
}

// Anonymous memory of this process.
std::int64_t anonymous_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
  return -1;
}

// Output of the monitor.
struct Tally {
  std::int64_t hops = 0, lost = 0, begun = 0, ended = 0;
  std::vector<std::int64_t> kib;  // the most in each minute of stream time

  void drain(LiveMonitor& monitor) {
    LiveHop hop;
    while (monitor.poll(hop)) {
      ++hops;
      lost += hop.gap_before;
      const auto minute = static_cast<std::size_t>(hop.time_s / 60.0);
      if (hops % 64 == 0 || minute >= kib.size()) {
        kib.resize(std::max(kib.size(), minute + 1));
        kib[minute] = std::max(kib[minute], anonymous_kib());
      }
    }
    for (Event event; monitor.poll_event(event);) ++(event.ended ? ended : begun);
  }
};

TEST(LiveMonitorSoak, AccountsForEverySampleAndMemoryDoesNotGrow) {
  const std::int64_t minutes = minutes_to_hear();
  ASSERT_GE(minutes, 2 * kWarmUp);
  const auto model = load_model(test::source_dir() / "models/demo.safetensors");
  ASSERT_TRUE(model) << to_message(model.error());
  const std::vector<float> sound = demo();
  ASSERT_FALSE(sound.empty());
  const std::int64_t total = minutes * kMinute;
  SyntheticSourceOptions hour;
  hour.total_frames = total;
  hour.lose_every = 7 * kMinute + 333;
  hour.lose_frames = 5000;
  const test::TempDir folder;
  LiveOptions options;
  options.lossless = true;  // as fast as the analysis
  options.clip_dir = folder / "clips";
  options.event_log = folder / "events.jsonl";
  LiveMonitor monitor(
      *model,
      make_synthetic_source([&](std::int64_t n) { return sound[static_cast<std::size_t>(n) % sound.size()]; }, hour),
      options);

  ASSERT_TRUE(monitor.start());
  Tally tally;
  ASSERT_TRUE(test::eventually(
      [&] {
        const bool finished = monitor.status().finished;  // before the hops, so that none is missed
        tally.drain(monitor);
        return finished;
      },
      std::chrono::hours(24)));
  monitor.stop();
  tally.drain(monitor);
  const LiveStatus status = monitor.status();
  EXPECT_FALSE(status.error) << to_message(*status.error);
  EXPECT_FALSE(status.storage_trouble);

  // Samples in = analysed + lost.
  const std::int64_t losses = (total - 1) / hour.lose_every;
  EXPECT_GE(losses, 4);
  EXPECT_EQ(tally.lost, losses * hour.lose_frames);
  const auto hops_of = [](std::int64_t samples) { return samples < 1024 ? 0 : 1 + (samples - 1024) / 512; };
  EXPECT_EQ(tally.hops, losses * hops_of(hour.lose_every) + hops_of(total - losses * hour.lose_every));
  EXPECT_EQ(status.dropped_columns, 0U);
  EXPECT_EQ(status.invalid_samples, 0U);
  EXPECT_NEAR(status.stream_time_s, static_cast<double>(total + tally.lost) / kRate, 0.1);

  // Every event has ended, and the log has its beginning and its end.
  EXPECT_GE(tally.begun, minutes) << "the pump fails every 35 s";
  EXPECT_EQ(tally.begun, tally.ended);
  const std::string log = test::read_file(folder / "events.jsonl");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), tally.begun + tally.ended);

  ASSERT_GE(tally.kib.size(), static_cast<std::size_t>(minutes));
  const auto most = [&](std::int64_t from, std::int64_t to) {
    return *std::max_element(tally.kib.begin() + from, tally.kib.begin() + to);
  };
  const std::int64_t warm = most(kWarmUp / 3, kWarmUp), later = most(kWarmUp, minutes);
  EXPECT_GT(warm, 0);
  EXPECT_LE(later, warm + 1024) << "KiB";
  std::cout << minutes << " minutes of sound, " << tally.hops << " hops, " << tally.ended << " events, " << losses
            << " losses; memory (KiB): " << warm << " until minute " << kWarmUp << ", " << later << " afterwards\n";
}

}  // namespace
}  // namespace auscult
