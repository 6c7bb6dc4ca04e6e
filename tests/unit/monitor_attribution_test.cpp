// Attribution, from samples to events: the bands of known faults, and that computing it changes no energy.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "attribution_sum.h"
#include "dsp/frequency_bands.h"
#include "events/event.h"
#include "model/contributions.h"
#include "scoring/clip_score.h"
#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::in_pieces;
using test::machine_sound;
using test::Samples;
using test::tiny_model;

struct Heard {
  test::HopRecord record;
  std::vector<std::vector<float>> fused;  // of every hop
};

Heard heard(const Samples& samples, const ScorerOptions& options, const std::vector<std::size_t>& pieces = {4096}) {
  Heard heard;
  Scorer scorer(tiny_model(), options);
  const HopSink sink = [&](const Hop& hop) {
    heard.record.add(hop);
    heard.fused.emplace_back(hop.why.begin(), hop.why.end());
  };
  in_pieces(samples, pieces, [&](std::span<const float> piece) { scorer.push(piece, sink); });
  scorer.finish(sink);
  return heard;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

void expect_same_why(const Heard& a, const Heard& b) {
  ASSERT_EQ(a.record.steps.size(), b.record.steps.size());
  for (std::size_t i = 0; i < a.record.steps.size(); ++i)
    EXPECT_TRUE(same_bits(a.record.steps[i].why, b.record.steps[i].why)) << "step " << i;
  ASSERT_EQ(a.fused.size(), b.fused.size());
  for (std::size_t i = 0; i < a.fused.size(); ++i) EXPECT_TRUE(same_bits(a.fused[i], b.fused[i])) << "hop " << i;
}

int bin_of(double hz) {
  const auto borders = mel_borders(tiny_model()->preset.frontend);
  return static_cast<int>(std::upper_bound(borders.begin(), borders.end(), hz) - borders.begin()) - 1;
}

int largest(const std::vector<float>& values) {
  return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

TEST(ScorerAttribution, AskingChangesNoEnergy) {
  const Samples samples = machine_sound(6.0, {.seed = 60, .fault = 0.05, .fault_begin_s = 3.0});
  for (const ScorerMode mode : {ScorerMode::live, ScorerMode::batch}) {
    const Heard with = heard(samples, {.mode = mode, .why = true}), without = heard(samples, {.mode = mode});
    EXPECT_TRUE(with.record == without.record);
    for (const StepEnergy& step : without.record.steps)
      EXPECT_TRUE(step.why.empty()) << "nothing is computed that nobody asked for";
  }
}

TEST(ScorerAttribution, IsTheSameLiveAndInBatchForAnyChunking) {
  const Samples samples = machine_sound(4.0, {.seed = 61, .fault = 0.05, .fault_begin_s = 2.0});
  const Heard batch = heard(samples, {.mode = ScorerMode::batch, .why = true});
  for (const auto& pieces : std::vector<std::vector<std::size_t>>{{512}, {160, 7, 4096}, {samples.size()}})
    expect_same_why(heard(samples, {.mode = ScorerMode::live, .why = true}, pieces), batch);
}

TEST(ScorerAttribution, SharesOfAHopAreOneOrNothing) {
  for (const auto& shares : heard(machine_sound(4.0, {.seed = 62}), {.why = true}).fused) {
    if (shares.empty()) continue;
    double sum = 0.0;
    for (const float share : shares) {
      EXPECT_GE(share, 0.0F);
      sum += static_cast<double>(share);
    }
    EXPECT_TRUE(std::abs(sum - 1.0) < 1e-5 || sum == 0.0) << sum;
  }
}

TEST(ScorerAttribution, AWhineStandsOutAtItsFrequency) {
  const Heard faulty = heard(machine_sound(8.0, {.seed = 63, .fault = 0.05}), {.why = true});
  int windows = 0, found = 0;
  for (const StepEnergy& step : faulty.record.steps) {
    ++windows;
    found += std::abs(largest(step.why) - bin_of(3000.0)) <= 1;
  }
  ASSERT_GT(windows, 100);
  EXPECT_GE(found, 0.8 * windows);
}

TEST(ScorerAttribution, NothingIsKnownAfterAGapUntilADetectorSpeaks) {
  Scorer scorer(tiny_model(), {.why = true});
  std::vector<std::size_t> sizes;
  const HopSink sink = [&](const Hop& hop) { sizes.push_back(hop.why.size()); };
  const Samples samples = machine_sound(2.0);
  scorer.push(samples, sink);
  ASSERT_EQ(sizes.back(), 16U);
  scorer.gap(1000, sink);
  sizes.clear();
  scorer.push(std::span(samples).first(2048), sink);
  ASSERT_FALSE(sizes.empty());
  EXPECT_EQ(sizes.front(), 0U);
}

TEST(ScorerAttribution, OfAClipPoolsItsSteps) {
  const test::TempDir folder;
  test::write_sound(folder / "whine.wav", machine_sound(4.0, {.seed = 64, .fault = 0.05}));
  const auto score = score_file(tiny_model(), folder / "whine.wav", {.keep_steps = true, .why = true});
  ASSERT_TRUE(score);
  for (std::size_t d = 0; d < score->detectors.size(); ++d) {
    std::vector<double> sums(16, 0.0);
    for (const StepEnergy& step : score->steps)
      if (step.detector == static_cast<int>(d))
        for (std::size_t i = 0; i < 16; ++i) sums[i] += static_cast<double>(step.why[i]);
    ASSERT_EQ(score->detectors[d].why.size(), 16U);
    for (std::size_t i = 0; i < 16; ++i)
      EXPECT_NEAR(score->detectors[d].why[i], sums[i] / static_cast<double>(score->detectors[d].steps),
                  1e-4 * (1.0 + std::abs(sums[i])));
  }
  const auto bands = strongest_bands(score->why, tiny_model()->preset.frontend);
  ASSERT_FALSE(bands.empty());
  EXPECT_LT(bands[0].from_hz, 3000.0);
  EXPECT_GT(bands[0].to_hz, 3000.0);
}

TEST(AttributionSum, AddsUpUnusualHopsAndForgetsAfterQuietOnes) {
  const FrontendConfig frontend;
  const auto borders = mel_borders(frontend);
  const auto peak_at = [](std::size_t bin) {
    std::vector<float> shares(64, 0.0F);
    shares[bin] = 1.0F;
    return shares;
  };
  AttributionSum why(3);
  EXPECT_TRUE(why.bands(frontend).empty());
  why.add_unusual(peak_at(10));
  why.add_usual();
  why.add_unusual(peak_at(10));
  ASSERT_EQ(why.bands(frontend).size(), 1U) << "a hop that is not unusual tells nothing";
  EXPECT_DOUBLE_EQ(why.bands(frontend)[0].from_hz, borders[10]);
  for (int i = 0; i < 3; ++i) why.add_usual();
  why.add_unusual(peak_at(50));
  ASSERT_EQ(why.bands(frontend).size(), 1U) << "what was long ago belongs to no new event";
  EXPECT_DOUBLE_EQ(why.bands(frontend)[0].from_hz, borders[50]);
}

TEST(EventWhy, SaysInJsonWhichFrequenciesWereUnusual) {
  Event event;
  event.bands = {{2093.4, 2611.2, 0.61234}};
  const auto object = nlohmann::json::parse(to_json(event));
  EXPECT_EQ(object.at("bands"), nlohmann::json::parse(R"([{"from_hz": 2093, "to_hz": 2611, "share": 0.612}])"));
}

}  // namespace
}  // namespace auscult
