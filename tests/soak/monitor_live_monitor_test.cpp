// An hour of sound through the live monitor at full speed, with events, clips and losses: every sample is accounted
// for, neither the clock of samples nor energies drift, and memory does not grow. AUSCULT_SOAK_HOURS sets another
// length.
//
// The sound is heard about a hundred times faster than it is recorded, so while a disk is busy for a second, the sound
// of three events waits in memory, 1.7 MiB each. In real time the next event is 35 s away, and the sound does not queue
// up. Tally therefore waits until the sound of an event is on the disk before it hears more. Without this the test
// measures how busy the disk is: 6 hours grew by 0.04 MiB on an idle computer and by 4.7 MiB beside compilers.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
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
constexpr std::int64_t kFrame = 1024, kHop = 512;
constexpr int kQueue = 128;                           // hops by which the analysis may be ahead of Tally
constexpr std::int64_t kClipHops = 6 * kRate / kHop;  // a clip goes on for 5 s after its event

std::int64_t minutes_to_hear() {
  const char* hours = std::getenv("AUSCULT_SOAK_HOURS");
  return static_cast<std::int64_t>(60.0 * (hours ? std::stod(hours) : 1.0));
}

std::int64_t hops_of(std::int64_t samples) {
  return samples < kFrame ? 0 : 1 + (samples - kFrame) / kHop;
}

// The demo recording, a pump that fails, without its last samples: a whole number of steps of every detector, so that
// each repetition gives the same energies.
std::vector<float> demo() {
  auto reader = AudioFileReader::open(test::source_dir() / "assets/demo.flac");
  std::vector<float> samples(reader ? static_cast<std::size_t>(reader->info().frames) : 0U);
  if (!reader || reader->read(samples).value_or(0) != reader->info().frames) ADD_FAILURE() << "no demo recording";
  samples.resize(samples.size() / (16 * kHop) * (16 * kHop));
  return samples;
}

// Anonymous memory of this process.
std::int64_t anonymous_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
  return -1;
}

// Output of the monitor. A segment is the sound between two losses.
struct Tally {
  explicit Tally(std::int64_t segment) : segment_frames_(segment) { energies.reserve(1024); }

  std::int64_t hops = 0, lost = 0, begun = 0, ended = 0;
  std::vector<std::int64_t> kib;        // the most in each minute of stream time
  std::vector<std::uint64_t> energies;  // of each segment that is complete: a digest of their bits
  double clock_error_s = 0.0;           // the largest of all hops

  void follow(const LiveHop& hop) {
    if (hop.gap_before > 0) {
      energies.push_back(digest_);
      digest_ = kBasis;
      segment_begin_ += segment_frames_ + hop.gap_before;
      in_segment_ = 0;
    }
    for (int d = 0; d < hop.n_detectors; ++d) {
      const LiveHop::Trace& trace = hop.traces[static_cast<std::size_t>(d)];
      if (trace.fresh) mix(std::bit_cast<std::uint64_t>(trace.energy));
      mix(static_cast<std::uint64_t>(trace.fresh));
    }
    const std::int64_t end = segment_begin_ + in_segment_++ * kHop + kFrame;
    clock_error_s = std::max(clock_error_s, std::abs(hop.time_s - static_cast<double>(end) / kRate));
  }

  void drain(LiveMonitor& monitor) {
    LiveHop hop;
    while (monitor.poll(hop)) {
      if (++hops >= clip_due_ && !clip_.empty()) wait_for_clip();
      lost += hop.gap_before;
      follow(hop);
      const auto minute = static_cast<std::size_t>(hop.time_s / 60.0);
      if (hops % 64 == 0 || minute >= kib.size()) {
        kib.resize(std::max(kib.size(), minute + 1));
        kib[minute] = std::max(kib[minute], anonymous_kib());
      }
    }
    for (Event event; monitor.poll_event(event);) {
      ++(event.ended ? ended : begun);
      if (!event.ended) continue;
      clip_ = event.clip;
      clip_due_ = hops + kClipHops;
    }
  }

 private:
  // Meanwhile the analysis stops, because nobody takes its hops.
  void wait_for_clip() {
    EXPECT_TRUE(test::eventually([&] { return std::filesystem::exists(clip_); })) << clip_ << " has not been stored";
    clip_.clear();
  }
  void mix(std::uint64_t word) {  // FNV-1a
    digest_ ^= word;
    digest_ *= 0x100000001b3ULL;
  }
  static constexpr std::uint64_t kBasis = 0xcbf29ce484222325ULL;
  std::uint64_t digest_ = kBasis;
  std::int64_t segment_frames_, segment_begin_ = 0, in_segment_ = 0;
  std::filesystem::path clip_;  // of the latest event that has ended; empty: stored
  std::int64_t clip_due_ = 0;   // number of hops after which it has been passed to the storage thread
};

// Every segment has the energies of the first one, bit for bit, and every hop the time of its samples.
void expect_no_drift(const Tally& tally) {
  EXPECT_EQ(std::count(tally.energies.begin(), tally.energies.end(), tally.energies.front()),
            static_cast<std::ptrdiff_t>(tally.energies.size()));
  EXPECT_LT(tally.clock_error_s, 1e-6);
}

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
  const auto period = static_cast<std::int64_t>(sound.size());
  hour.lose_every = 12 * period;
  hour.lose_frames = period;
  const test::TempDir folder;
  LiveOptions options;
  options.lossless = true;  // as fast as the analysis
  options.hop_queue = kQueue;
  options.clip_dir = folder / "clips";
  options.event_log = folder / "events.jsonl";
  LiveMonitor monitor(
      *model,
      make_synthetic_source([&](std::int64_t n) { return sound[static_cast<std::size_t>(n) % sound.size()]; }, hour),
      options);

  ASSERT_TRUE(monitor.start());
  Tally tally(hour.lose_every);
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
  EXPECT_EQ(tally.hops, losses * hops_of(hour.lose_every) + hops_of(total - losses * hour.lose_every));
  EXPECT_EQ(status.dropped_columns, 0U);
  EXPECT_EQ(status.invalid_samples, 0U);
  EXPECT_NEAR(status.stream_time_s, static_cast<double>(total + tally.lost) / kRate, 0.1);

  EXPECT_EQ(tally.energies.size(), static_cast<std::size_t>(losses));
  expect_no_drift(tally);

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

// A month of sound is lost after the first minutes: positions, times and energies behind it are those of the sound.
TEST(LiveMonitorSoak, GoesOnAfterThirtyDays) {
  const auto model = load_model(test::source_dir() / "models/demo.safetensors");
  ASSERT_TRUE(model) << to_message(model.error());
  const std::vector<float> sound = demo();
  ASSERT_FALSE(sound.empty());
  const auto period = static_cast<std::int64_t>(sound.size());
  constexpr std::int64_t kMonth = std::int64_t{30} * 24 * 60 * kMinute;
  SyntheticSourceOptions month;
  month.lose_every = 4 * period;
  month.total_frames = 3 * month.lose_every;
  month.lose_frames = kMonth / period * period;
  ASSERT_GT(month.lose_frames, std::int64_t{1} << 32);
  LiveOptions options;
  options.lossless = true;
  LiveMonitor monitor(
      *model,
      make_synthetic_source([&](std::int64_t n) { return sound[static_cast<std::size_t>(n) % sound.size()]; }, month),
      options);
  ASSERT_TRUE(monitor.start());
  Tally tally(month.lose_every);
  ASSERT_TRUE(test::eventually(
      [&] {
        LiveHop hop;
        const bool finished = monitor.status().finished;
        while (monitor.poll(hop)) ++tally.hops, tally.lost += hop.gap_before, tally.follow(hop);
        return finished;
      },
      std::chrono::minutes(30)));
  monitor.stop();
  EXPECT_EQ(tally.lost, 2 * month.lose_frames);
  EXPECT_EQ(tally.hops, 3 * hops_of(month.lose_every));
  expect_no_drift(tally);
  EXPECT_NEAR(monitor.status().stream_time_s, static_cast<double>(*month.total_frames + tally.lost) / kRate, 0.1);
  std::cout << "time at the end: " << monitor.status().stream_time_s / 86400.0
            << " days; largest error of a hop's time " << tally.clock_error_s << " s\n";
}

}  // namespace
}  // namespace auscult
