// Many sources at once. Sound comes from `cat FILE`, as fast as it is taken; the model is the demo's.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "service/fleet.h"
#include "support/demo_as_monitor.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::TempDir;

constexpr RawFormat kRaw{.sample_rate = 16000, .channels = 1};

// White noise, which no pump makes.
std::string noise(int seconds) {
  std::string bytes;
  std::uint32_t state = 1;
  for (int i = 0; i < seconds * 16000; ++i) {
    state = state * 1664525U + 1013904223U;
    const auto sample = static_cast<std::int16_t>(static_cast<std::int32_t>(state) >> 18);
    bytes.append(reinterpret_cast<const char*>(&sample), sizeof sample);
  }
  return bytes;
}

struct FleetTest : testing::Test {
  FleetTest() {
    test::write_demo_as_monitor(folder / "pump.safetensors");
    test::write_file(folder / "noise.raw", noise(8));
  }
  ServiceSource source(const std::string& name, const std::string& command) const {
    ServiceSource source;
    source.name = name;
    source.model = folder / "pump.safetensors";
    source.kind = SourceKind::command;
    source.place = command;
    source.raw = kRaw;
    return source;
  }
  std::string cat() const { return "cat " + (folder / "noise.raw").string() + "; exec sleep 1000"; }
  static ServiceConfig config(std::vector<ServiceSource> sources) {
    ServiceConfig config;
    config.sources = std::move(sources);
    return config;
  }
  // Polls until the reports satisfy the condition.
  bool reaches(const std::function<bool(const std::vector<SourceReport>&)>& condition) {
    return test::eventually([&] {
      fleet.poll();
      return condition(fleet.reports());
    });
  }
  bool all_analyzed(std::uint64_t frames) {
    return reaches([&](const auto& reports) {
      return std::all_of(reports.begin(), reports.end(), [&](const auto& r) { return r.analyzed == frames; });
    });
  }

  TempDir folder;
  std::vector<SourceEvent> events;
  Fleet fleet{{.restart = {.first_pause = 10ms, .longest_pause = 50ms}, .analysis_pause = 10ms},
              [this](const SourceEvent& event) { events.push_back(event); }};
};

TEST_F(FleetTest, AnalyzesAllSoundOfEverySource) {
  ASSERT_TRUE(fleet.apply(config({source("a", cat()), source("b", cat()), source("c", cat())})));
  EXPECT_TRUE(all_analyzed(8 * 16000));
  for (const SourceReport& report : fleet.reports()) {
    EXPECT_EQ(report.captured, 8U * 16000U) << report.name;
    EXPECT_EQ(report.lost, 0U) << report.name;
    EXPECT_EQ(report.model, "pump.safetensors");
    EXPECT_GT(report.score, report.threshold) << report.name << ": noise is no pump";
    EXPECT_GT(report.threshold, 0.0);
  }
}

TEST_F(FleetTest, GivesEachEventTheNameOfItsSourceAndARunOfItsOwn) {
  ASSERT_TRUE(fleet.apply(config({source("a", cat()), source("b", cat())})));
  ASSERT_TRUE(all_analyzed(8 * 16000));
  fleet.stop();
  std::vector<std::string> began, ended, runs;
  for (const SourceEvent& event : events) {
    EXPECT_EQ(event.event.source, event.source);
    EXPECT_EQ(event.event.model_name, "pump");
    (event.event.ended ? ended : began).push_back(event.source);
    if (!event.event.ended) runs.push_back(event.event.ref.run);
  }
  std::sort(began.begin(), began.end());
  std::sort(ended.begin(), ended.end());
  EXPECT_EQ(began, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ended, began) << "what began has ended when the fleet has stopped";
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_NE(runs[0], runs[1]) << "events of two sources are never one";
}

TEST_F(FleetTest, ASourceThatFailsDisturbsNoOther) {
  ASSERT_TRUE(
      fleet.apply(config({source("good", cat()), source("broken", "exit 7"), source("gone", "no-such-program")})));
  EXPECT_TRUE(reaches([](const auto& reports) {
    return reports[0].analyzed == 8U * 16000U && reports[1].reconnects > 2 && reports[2].reconnects > 2;
  }));
  EXPECT_EQ(fleet.reports()[1].source, SourceState::recovering);
  EXPECT_NE(fleet.reports()[1].message.find("ended before the first sample"), std::string::npos);
  EXPECT_EQ(fleet.reports()[0].lost, 0U);
}

TEST_F(FleetTest, ARecordingThatIsMissingIsTriedAgain) {
  ServiceSource missing = source("late", "");
  missing.kind = SourceKind::recording;
  missing.raw.reset();
  missing.place = folder / "late.flac";
  ASSERT_TRUE(fleet.apply(config({missing})));
  EXPECT_EQ(fleet.reports()[0].source, SourceState::failed);
  std::filesystem::copy_file(test::source_dir() / "assets" / "demo.flac", missing.place);
  EXPECT_TRUE(reaches([](const auto& reports) { return reports[0].analyzed > 0; }));
}

TEST_F(FleetTest, ANewConfigurationLeavesUnchangedSourcesAlone) {
  ASSERT_TRUE(fleet.apply(config({source("stays", cat()), source("goes", cat()), source("changes", cat())})));
  ASSERT_TRUE(all_analyzed(8 * 16000));
  ServiceSource changed = source("changes", cat());
  changed.threshold = 1000.0;
  const auto change = fleet.apply(config({source("new", cat()), source("stays", cat()), changed}));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->started, std::vector<std::string>{"new"});
  EXPECT_EQ(change->stopped, std::vector<std::string>{"goes"});
  EXPECT_EQ(change->restarted, std::vector<std::string>{"changes"});
  EXPECT_EQ(change->unchanged, std::vector<std::string>{"stays"});
  EXPECT_TRUE(reaches([](const auto& reports) {
    return reports.size() == 3 && reports[0].analyzed == 8U * 16000U && reports[2].analyzed == 8U * 16000U;
  }));
  EXPECT_EQ(fleet.reports()[1].analyzed, 8U * 16000U) << "it did not start from the beginning again";
  EXPECT_EQ(fleet.reports()[1].gaps, 0U);
  EXPECT_EQ(fleet.reports()[2].threshold, 1000.0);
}

TEST_F(FleetTest, AModelThatWasReplacedRestartsItsSources) {
  ASSERT_TRUE(fleet.apply(config({source("a", cat())})));
  ASSERT_TRUE(all_analyzed(8 * 16000));
  std::filesystem::last_write_time(folder / "pump.safetensors", std::filesystem::file_time_type::clock::now() + 1h);
  const auto change = fleet.apply(config({source("a", cat())}));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->restarted, std::vector<std::string>{"a"});
}

TEST_F(FleetTest, AModelThatCannotBeUsedChangesNothing) {
  ASSERT_TRUE(fleet.apply(config({source("a", cat())})));
  ServiceSource damaged = source("b", cat());
  damaged.model = folder / "noise.raw";
  const auto change = fleet.apply(config({source("a", cat()), damaged}));
  ASSERT_FALSE(change.has_value());
  EXPECT_EQ(change.error().code, ErrorCode::model_damaged);
  EXPECT_TRUE(all_analyzed(8 * 16000)) << "the old configuration goes on";
  EXPECT_EQ(fleet.reports().size(), 1U);
}

TEST_F(FleetTest, APromisedRateNeedsAModelThatKnowsRates) {
  ServiceSource old = source("old", cat());
  old.model = test::source_dir() / "tests" / "data" / "models" / "schema1.safetensors";
  old.false_alarms_per_hour = 0.1;
  const auto change = fleet.apply(config({old}));
  ASSERT_FALSE(change.has_value()) << "the model's own threshold is not what was asked for";
  EXPECT_EQ(change.error().code, ErrorCode::model_mismatch);
}

TEST_F(FleetTest, EventsOfQuietHoursAreMarked) {
  ServiceSource night = source("night", cat());
  night.quiet = {{0, 24 * 60}};
  night.on_event = "page";
  ASSERT_TRUE(fleet.apply(config({night})));
  ASSERT_TRUE(all_analyzed(8 * 16000));
  fleet.stop();
  ASSERT_FALSE(events.empty());
  for (const SourceEvent& event : events) EXPECT_TRUE(event.quiet);
}

TEST_F(FleetTest, ThresholdFollowsThePromisedRateOfFalseAlarms) {
  ServiceSource seldom = source("seldom", cat()), often = source("often", cat());
  seldom.false_alarms_per_hour = 0.01;
  often.false_alarms_per_hour = 10.0;
  ASSERT_TRUE(fleet.apply(config({seldom, often})));
  ASSERT_TRUE(all_analyzed(8 * 16000));
  EXPECT_GT(fleet.reports()[0].threshold, fleet.reports()[1].threshold);
}

}  // namespace
}  // namespace auscult
