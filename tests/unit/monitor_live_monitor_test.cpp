// The live monitor on files and on scripted sources: the same energies as batch scoring, events with their sound, and a
// clean end whatever the source does.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "audio/file_source.h"
#include "monitor/live_monitor.h"
#include "scoring/clip_score.h"
#include "support/scoring.h"
#include "support/tiny_model.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::machine_sound;
using test::Samples;
using test::tiny_model;

LiveOptions options(bool lossless, std::filesystem::path clip_dir = {}, std::filesystem::path event_log = {},
                    int hop_queue = 512) {
  LiveOptions result;
  result.lossless = lossless;
  result.clip_dir = std::move(clip_dir);
  result.event_log = std::move(event_log);
  result.hop_queue = hop_queue;
  return result;
}

// Delivers its sound in blocks and then ends, waits forever (as a device that falls silent) or fails.
class ScriptedSource final : public SampleSource {
 public:
  enum class Then { end, block, fail };
  ScriptedSource(Samples sound, bool live, Then then = Then::end)
      : sound_(std::move(sound)), live_(live), then_(then) {}
  std::function<void(std::size_t block)> before_block;
  std::int64_t lose_at = -1, lose = 0;  // block before which samples were lost

  Status start() override { return {}; }
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override {
    if (position_ >= sound_.size()) {
      if (then_ == Then::end) return ReadState::end;
      if (then_ == Then::fail)
        return fail(ErrorCode::device_lost, "the microphone is gone", "fake", "plug it in again");
      std::this_thread::sleep_for(timeout);  // as a device does that has nothing to give
      return ReadState::timeout;
    }
    if (before_block) before_block(count_);
    const auto piece = std::span(sound_).subspan(position_, std::min<std::size_t>(480, sound_.size() - position_));
    block.header = {.first_sample = static_cast<std::int64_t>(position_),
                    .time_ns = 0,
                    .lost_before = static_cast<std::int64_t>(count_) == lose_at ? lose : 0,
                    .sample_rate = 16000,
                    .channels = 1};
    block.interleaved.assign(piece.begin(), piece.end());
    position_ += piece.size();
    ++count_;
    return ReadState::block;
  }
  void stop() override { stopped = true; }
  SourceInfo info() const override {
    return {.name = "fake", .host_api = "", .sample_rate = 16000, .channels = 1, .live = live_};
  }
  SourceHealth health() const override {
    SourceHealth health;
    health.state = SourceState::running;
    return health;
  }
  std::atomic<bool> stopped{false};

 private:
  Samples sound_;
  bool live_;
  Then then_;
  std::size_t position_ = 0, count_ = 0;
};

struct Heard {
  std::vector<LiveHop> hops;
  std::vector<Event> events;
  LiveStatus status;
};

Heard listen(LiveMonitor& monitor) {
  Heard heard;
  const auto started = monitor.start();
  EXPECT_TRUE(started) << to_message(started.error());
  const auto drain = [&] {
    LiveHop hop;
    Event event;
    while (monitor.poll(hop)) heard.hops.push_back(hop);
    while (monitor.poll_event(event)) heard.events.push_back(event);
  };
  EXPECT_TRUE(test::eventually([&] {
    const LiveStatus status = monitor.status();  // before the hops, so that none is missed
    drain();
    return status.finished || status.error;
  }));
  monitor.stop();
  drain();
  heard.status = monitor.status();
  return heard;
}

Heard listen_to(const std::filesystem::path& file, LiveOptions live_options = {}) {
  live_options.lossless = true;
  LiveMonitor monitor(tiny_model(), make_file_source(file, {.block_frames = 333}), live_options);
  return listen(monitor);
}

Heard listen_to(std::unique_ptr<ScriptedSource> source, const std::shared_ptr<const Model>& model = tiny_model(),
                LiveOptions live_options = {}) {
  live_options.lossless = true;
  LiveMonitor monitor(model, std::move(source), live_options);
  return listen(monitor);
}

// 8 s normal, 3 s of a fault, 9 s normal.
Samples with_fault() {
  return machine_sound(20.0, {.seed = 90, .fault = 0.3, .fault_begin_s = 8.0, .fault_end_s = 11.0});
}

void expect_equal_to_batch(const std::filesystem::path& file) {
  ScoreFileOptions with_steps;
  with_steps.keep_steps = true;
  const auto batch = score_file(tiny_model(), file, with_steps);
  ASSERT_TRUE(batch) << to_message(batch.error());
  const Heard live = listen_to(file);
  EXPECT_FALSE(live.status.error);
  EXPECT_EQ(live.status.dropped_columns, 0U);
  EXPECT_EQ(live.status.invalid_samples, batch->invalid_samples);
  std::size_t next = 0;
  for (const LiveHop& hop : live.hops) {
    for (int d = 0; d < hop.n_detectors; ++d) {
      const auto& trace = hop.traces[static_cast<std::size_t>(d)];
      if (!trace.fresh) continue;
      ASSERT_LT(next, batch->steps.size());
      const StepEnergy& step = batch->steps[next++];
      ASSERT_EQ(step.detector, d);
      ASSERT_EQ(step.frame, hop.frame);
      ASSERT_EQ(step.time_s, hop.time_s);
      ASSERT_EQ(step.energy, trace.energy);
      ASSERT_EQ(step.energies.dagmm, trace.dagmm);
      ASSERT_EQ(step.u, trace.u);
    }
  }
  EXPECT_EQ(next, batch->steps.size());
}

TEST(LiveMonitor, EqualsBatchOnAPlainFile) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(5.0, {.fault = 0.1, .fault_begin_s = 2.0}));
  expect_equal_to_batch(folder / "a.wav");
}

TEST(LiveMonitor, EqualsBatchOnAStereoFileOfAnotherRate) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", test::in_channel(machine_sound(4.0, {.rate = 48000}), 2, 0), 48000, 2,
                    AudioEncoding::wav_pcm16);
  expect_equal_to_batch(folder / "a.wav");
}

TEST(LiveMonitor, EqualsBatchOnEightChannels) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", test::in_channel(machine_sound(4.0), 8, 0), 16000, 8,
                    AudioEncoding::wav_extensible_pcm16);
  expect_equal_to_batch(folder / "a.wav");
}

TEST(LiveMonitor, EqualsBatchOnAFileWithDamageInTheMiddle) {
  const test::TempDir folder;
  for (const int rate : {16000, 48000}) {
    Samples samples = machine_sound(6.0, {.rate = rate});
    for (std::size_t i = samples.size() / 2; i < samples.size() / 2 + 5000; ++i)
      samples[i] = i % 3 ? std::numeric_limits<float>::quiet_NaN() : 1e20F;
    samples[100] = std::numeric_limits<float>::infinity();
    test::write_sound(folder / "a.wav", samples, rate);
    expect_equal_to_batch(folder / "a.wav");
  }
}

TEST(LiveMonitor, EqualsBatchOnAClipShorterThanTheSlowWindow) {
  const test::TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(0.8));
  expect_equal_to_batch(folder / "a.wav");
}

// ---- events
// -----------------------------------------------------------------------------------------------------------

TEST(LiveMonitor, ReportsAFaultAsOneEventWithItsTimes) {
  const Heard heard = listen_to(std::make_unique<ScriptedSource>(with_fault(), false));
  ASSERT_EQ(heard.events.size(), 2U);
  EXPECT_FALSE(heard.events[0].ended);
  EXPECT_TRUE(heard.events[1].ended);
  const Event& event = heard.events[1];
  EXPECT_NEAR(event.start_s, 8.0, 0.3);
  EXPECT_NEAR(event.end_s, 11.0, 1.5) << "the slow window reaches back";
  EXPECT_GT(event.peak_score, event.threshold);
  EXPECT_EQ(heard.status.events, 1U);
  int alarms = 0;
  for (const LiveHop& hop : heard.hops) alarms += hop.state == AlarmState::alarm;
  EXPECT_GT(alarms, 60);
  EXPECT_EQ(heard.hops.front().state, AlarmState::warming_up);
}

TEST(LiveMonitor, KeepsSoundFromFiveSecondsBeforeAnEventToFiveSecondsAfter) {
  const test::TempDir folder;
  const Samples sound = with_fault();
  const Heard heard = listen_to(std::make_unique<ScriptedSource>(sound, false), tiny_model(),
                                options(true, folder / "clips", folder / "log" / "events.jsonl"));
  ASSERT_EQ(heard.events.size(), 2U);
  const Event& event = heard.events[1];
  const std::filesystem::path clip = heard.events[1].clip;
  ASSERT_TRUE(std::filesystem::is_regular_file(clip)) << clip;
  EXPECT_EQ(clip.extension(), ".flac");
  auto reader = AudioFileReader::open(clip);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->info().sample_rate, 16000);
  Samples kept(static_cast<std::size_t>(reader->info().frames));
  ASSERT_EQ(*reader->read(kept), reader->info().frames);
  // Where in the stream it begins: the only place where its samples fit.
  const auto wanted = static_cast<std::int64_t>((event.start_s - 5.0) * 16000);
  std::int64_t found = -1;
  for (std::int64_t at = std::max<std::int64_t>(0, wanted - 4000); at < wanted + 4000 && found < 0; ++at) {
    bool fits = true;
    for (std::size_t i = 0; i < 2000 && fits; ++i)
      fits = std::abs(kept[i] - sound[static_cast<std::size_t>(at) + i]) < 1e-4F;
    if (fits) found = at;
  }
  ASSERT_GE(found, 0) << "the clip is no part of the sound near " << event.start_s - 5.0 << " s";
  EXPECT_NEAR(static_cast<double>(found) / 16000.0, event.start_s - 5.0, 0.1);
  const double end = (static_cast<double>(found) + static_cast<double>(kept.size())) / 16000.0;
  EXPECT_GE(end, event.end_s + 4.9);
  EXPECT_LE(end, event.end_s + 7.5) << "the end is known after the hold time";
  for (std::size_t i = 0; i < kept.size(); ++i)
    ASSERT_NEAR(kept[i], sound[static_cast<std::size_t>(found) + i], 1e-4F) << "sample " << i;

  std::istringstream log(test::read_file(folder / "log" / "events.jsonl"));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(log, line);) lines.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["edge"], "began");
  EXPECT_EQ(lines[1]["edge"], "ended");
  EXPECT_EQ(lines[1]["clip"], clip.string());
  EXPECT_EQ(lines[1]["start_s"], event.start_s);
  EXPECT_EQ(lines[1]["source"], "fake");
  EXPECT_EQ(lines[1]["verdict"], "unknown");
}

TEST(LiveMonitor, EndsAndStoresAnEventAtTheEndOfTheStream) {
  const test::TempDir folder;
  const Heard heard =
      listen_to(std::make_unique<ScriptedSource>(machine_sound(4.0, {.fault = 0.3, .fault_begin_s = 2.0}), false),
                tiny_model(), options(true, folder.path(), folder / "events.jsonl"));
  ASSERT_EQ(heard.events.size(), 2U);
  EXPECT_TRUE(heard.events[1].ended);
  auto reader = AudioFileReader::open(heard.events[1].clip);
  ASSERT_TRUE(reader);
  EXPECT_NEAR(reader->info().seconds(), 4.0, 0.1) << "all there was before it, and to the end";
}

TEST(LiveMonitor, GoesOnAndShowsTroubleWhereAFolderCannotBeWritten) {
  const Heard heard = listen_to(std::make_unique<ScriptedSource>(with_fault(), false), tiny_model(),
                                options(true, "/proc/no/such", "/proc/no/such/log"));
  EXPECT_EQ(heard.events.size(), 2U);
  EXPECT_TRUE(heard.status.finished);
  EXPECT_NEAR(heard.status.stream_time_s, 20.0, 0.1);
  EXPECT_FALSE(heard.status.error);
  ASSERT_TRUE(heard.status.storage_trouble);
  EXPECT_EQ(heard.status.storage_trouble->code, ErrorCode::write_failed);
}

TEST(LiveMonitor, HasNoStorageTroubleWhereAllIsStored) {
  const test::TempDir folder;
  const Heard heard = listen_to(std::make_unique<ScriptedSource>(with_fault(), false), tiny_model(),
                                options(true, folder / "clips", folder / "log"));
  EXPECT_EQ(heard.events.size(), 2U);
  EXPECT_FALSE(heard.status.storage_trouble);
}

// 200 bands need a longer transform: 7.8 Hz a bin.
TEST(LiveMonitor, DropsNoneOfTwoHundredBands) {
  std::string preset = test::tiny_preset_json();
  const std::string bands = "\"n_mels\": 16";
  preset.replace(preset.find(bands), bands.size(), "\"n_mels\": 200, \"n_fft\": 2048");
  const auto parsed = parse_preset(preset);
  ASSERT_TRUE(parsed) << to_message(parsed.error());
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  TrainRequest request = test::tiny_request(folder.path());
  request.preset = *parsed;
  const auto trained = train_model(request);
  ASSERT_TRUE(trained) << to_message(trained.error());
  const Heard heard =
      listen_to(std::make_unique<ScriptedSource>(machine_sound(4.0, {.fault = 0.3, .fault_begin_s = 1.0}), false),
                trained->model);
  ASSERT_FALSE(heard.hops.empty());
  const LiveHop& last = heard.hops.back();
  ASSERT_EQ(last.n_mels, 200);
  ASSERT_EQ(last.n_why, 200);
  EXPECT_TRUE(std::all_of(last.mel_db.begin(), last.mel_db.begin() + 200, [](float db) {
    return db < 0.0F || db > 0.0F;
  })) << "every band has its level";
  double shares = 0.0;
  for (int i = 0; i < last.n_why; ++i) shares += static_cast<double>(last.why[static_cast<std::size_t>(i)]);
  EXPECT_NEAR(shares, 1.0, 1e-4) << "no band's share is missing";
}

TEST(LiveMonitor, LogsEventsOfASourceWhoseNameIsNoUtf8) {
  const test::TempDir folder;
  const std::filesystem::path wav = folder / "l\xE4rm.wav";
  test::write_sound(wav, machine_sound(5.0, {.fault = 0.3, .fault_begin_s = 2.0}));
  const Heard heard = listen_to(wav, options(true, {}, folder / "events.jsonl"));
  EXPECT_EQ(heard.events.size(), 2U);
  const std::string log = test::read_file(folder / "events.jsonl");
  EXPECT_TRUE(nlohmann::json::accept(log.substr(0, log.find('\n')))) << log;
}

TEST(LiveMonitor, AppliesAThresholdFromTheNextHopOn) {
  auto source = std::make_unique<ScriptedSource>(with_fault(), false);
  LiveMonitor monitor(tiny_model(), std::move(source), options(true));
  monitor.set_threshold(1e6);
  Heard heard = listen(monitor);
  EXPECT_TRUE(heard.events.empty());
  EXPECT_EQ(heard.status.threshold, 1e6);

  auto lowered = std::make_unique<ScriptedSource>(machine_sound(10.0), false);
  LiveMonitor* current = nullptr;
  lowered->before_block = [&](std::size_t block) {
    if (block == 167) current->set_threshold(-1.0);
  };  // after 5 s
  LiveMonitor second(tiny_model(), std::move(lowered), options(true));
  current = &second;
  second.set_threshold(1e6);
  heard = listen(second);
  ASSERT_FALSE(heard.events.empty());
  EXPECT_EQ(heard.events[0].threshold, -1.0);
  EXPECT_GT(heard.events[0].start_s, 4.4) << "the hops before count under the new threshold too, but no more than n";
}

// ---- states
// -----------------------------------------------------------------------------------------------------------

TEST(LiveMonitor, RaisesNoAlarmWhileTheMachineIsOff) {
  const Heard heard =
      listen_to(std::make_unique<ScriptedSource>(machine_sound(10.0, {.gain = 1e-4, .fault = 0.3}), true));
  EXPECT_TRUE(heard.events.empty());
  for (const LiveHop& hop : heard.hops)
    ASSERT_TRUE(hop.state == AlarmState::not_running || hop.state == AlarmState::warming_up) << to_string(hop.state);
  EXPECT_EQ(heard.hops.back().state, AlarmState::not_running);
}

TEST(LiveMonitor, RaisesAlarmsOfADemoModelOnlyOnARecording) {
  const auto demo = test::train_tiny(Purpose::demo);
  const Heard device = listen_to(std::make_unique<ScriptedSource>(with_fault(), true), demo);
  EXPECT_TRUE(device.events.empty());
  EXPECT_EQ(device.hops.back().state, AlarmState::demo);
  double largest = 0.0;
  for (const LiveHop& hop : device.hops) largest = std::max(largest, hop.fused);
  EXPECT_GT(largest, demo->live_threshold()) << "energies are still drawn";
  const Heard recording = listen_to(std::make_unique<ScriptedSource>(with_fault(), false), demo);
  EXPECT_EQ(recording.events.size(), 2U);
  const Heard monitor_on_device = listen_to(std::make_unique<ScriptedSource>(with_fault(), true));
  EXPECT_EQ(monitor_on_device.events.size(), 2U);
}

TEST(LiveMonitor, ReportsLossesAsGapsWithTheirLength) {
  auto source = std::make_unique<ScriptedSource>(machine_sound(4.0), true);
  source->lose_at = 60;  // 1.8 s
  source->lose = 32000;
  const Heard heard = listen_to(std::move(source));
  int gaps = 0;
  for (const LiveHop& hop : heard.hops) {
    if (hop.gap_before == 0) continue;
    ++gaps;
    EXPECT_EQ(hop.gap_before, 32000);
    EXPECT_NEAR(hop.time_s, 1.8 + 2.0 + 0.064, 0.04);
  }
  EXPECT_EQ(gaps, 1);
  EXPECT_NEAR(heard.status.stream_time_s, 6.0, 0.1);
}

TEST(LiveMonitor, KeepsEveryHopWhereLosslessAndElseCountsTheDroppedOnes) {
  const Samples sound = machine_sound(10.0);
  const std::uint64_t expected = 1 + (160000 - 1024) / 512;
  LiveMonitor slow(tiny_model(), std::make_unique<ScriptedSource>(sound, true), options(false, {}, {}, 20));
  ASSERT_TRUE(slow.start());
  ASSERT_TRUE(test::eventually([&] { return slow.status().finished; })) << "although nobody polls";
  std::uint64_t polled = 0;
  for (LiveHop hop; slow.poll(hop);) EXPECT_EQ(hop.frame, static_cast<std::int64_t>(polled++)) << "the oldest are kept";
  EXPECT_GE(polled, 16U);
  EXPECT_EQ(polled + slow.status().dropped_columns, expected);

  LiveMonitor patient(tiny_model(), std::make_unique<ScriptedSource>(sound, false), options(true, {}, {}, 20));
  const Heard heard = listen(patient);
  EXPECT_EQ(heard.hops.size(), expected);
  EXPECT_EQ(heard.status.dropped_columns, 0U);
}

TEST(LiveMonitor, StopsWhileTheSourceWaitsForSamples) {
  auto source = std::make_unique<ScriptedSource>(machine_sound(3.0, {.fault = 0.3, .fault_begin_s = 1.0}), true,
                                                 ScriptedSource::Then::block);
  const ScriptedSource* watched = source.get();
  LiveMonitor monitor(tiny_model(), std::move(source), options(false));
  ASSERT_TRUE(monitor.start());
  ASSERT_TRUE(test::eventually([&] { return monitor.status().stream_time_s >= 2.9; }));
  monitor.stop();
  EXPECT_TRUE(watched->stopped);
  std::vector<Event> events;
  for (Event event; monitor.poll_event(event);) events.push_back(event);
  ASSERT_EQ(events.size(), 2U) << "an event under way is ended";
  EXPECT_TRUE(events[1].ended);
  monitor.stop();  // again: nothing happens
}

TEST(LiveMonitor, StopsWhereLosslessAndNobodyReads) {
  LiveMonitor monitor(tiny_model(), std::make_unique<ScriptedSource>(machine_sound(30.0), false),
                      options(true, {}, {}, 16));
  ASSERT_TRUE(monitor.start());
  ASSERT_TRUE(test::eventually([&] { return monitor.status().frames >= 14; }))
      << "the queue of 16 hops is all but full";
  monitor.stop();  // returns
  EXPECT_LT(monitor.status().stream_time_s, 30.0);
}

TEST(LiveMonitor, StopsWithoutHavingStarted) {
  LiveMonitor monitor(tiny_model(), std::make_unique<ScriptedSource>(Samples{}, false));
  monitor.stop();
  EXPECT_EQ(monitor.status().frames, 0U);
}

TEST(LiveMonitor, EndsWithAnErrorWhereTheChannelIsMissing) {
  LiveOptions fourth = options(false);
  fourth.channel = 3;
  LiveMonitor monitor(tiny_model(),
                      std::make_unique<ScriptedSource>(machine_sound(2.0), true, ScriptedSource::Then::block), fourth);
  ASSERT_TRUE(monitor.start());
  EXPECT_TRUE(test::eventually([&] { return monitor.status().finished; })) << "it can never hear anything";
  const auto error = monitor.status().error;
  ASSERT_TRUE(error);
  EXPECT_NE(to_message(*error).find("channel 3"), std::string::npos) << to_message(*error);
  EXPECT_EQ(error->code, ErrorCode::bad_input);
}

TEST(LiveMonitor, RaisesTheLevelByTheGain) {
  const auto level_with = [](double gain_db) {
    LiveOptions gained = options(true);
    gained.gain_db = gain_db;
    LiveMonitor monitor(tiny_model(), std::make_unique<ScriptedSource>(machine_sound(2.0), false), gained);
    EXPECT_TRUE(monitor.start());
    float rms = -200.0F;
    EXPECT_TRUE(test::eventually([&] {
      const bool last = monitor.status().finished;
      for (LiveHop hop; monitor.poll(hop);) rms = hop.frame == 20 ? hop.level.rms_dbfs : rms;
      return last;
    }));
    return rms;
  };
  const float plain = level_with(0.0);
  EXPECT_GT(plain, -100.0F);
  EXPECT_NEAR(level_with(12.0), plain + 12.0F, 0.01F);
  EXPECT_NEAR(level_with(-20.0), plain - 20.0F, 0.01F);
}

TEST(LiveMonitor, ReportsAFailureOfTheSourceAndKeepsWhatWasHeard) {
  const Heard heard = listen_to(std::make_unique<ScriptedSource>(machine_sound(3.0), true, ScriptedSource::Then::fail));
  ASSERT_TRUE(heard.status.error);
  EXPECT_NE(heard.status.error->what.find("the microphone is gone"), std::string::npos);
  EXPECT_NE(heard.status.error->hint.find("plug it in again"), std::string::npos);
  EXPECT_NEAR(heard.status.stream_time_s, 3.0, 0.1);
}

TEST(LiveMonitor, RefusesToStartWithoutItsFile) {
  LiveMonitor monitor(tiny_model(), make_file_source("/no/such/file.wav"));
  const auto started = monitor.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::file_not_found);
}

}  // namespace
}  // namespace auscult
