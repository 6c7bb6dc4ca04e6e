// From any source to a scorer's input: one channel, one rate, finite samples, gaps in their place.
#include <cmath>
#include <limits>
#include <variant>

#include <gtest/gtest.h>

#include "scoring/input_adapter.h"
#include "support/scoring.h"
#include "support/sounds.h"

namespace auscult {
namespace {

using test::Samples;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

// What came out: samples, and gaps as (place among the samples, length).
struct Out {
  Samples samples;
  std::vector<std::pair<std::size_t, std::int64_t>> gaps;
  bool operator==(const Out&) const = default;
  AdapterSink sink() {
    return {[this](std::span<const float> s) { samples.insert(samples.end(), s.begin(), s.end()); },
            [this](std::int64_t lost) { gaps.emplace_back(samples.size(), lost); }};
  }
};

Out adapt(const Samples& interleaved, const std::vector<std::size_t>& frames, InputAdapterOptions options = {},
          int channels = 1, int rate = 16000) {
  Out out;
  InputAdapter adapter(options);
  std::vector<std::size_t> sizes;
  for (const std::size_t f : frames) sizes.push_back(f * static_cast<std::size_t>(channels));
  test::in_pieces(interleaved, sizes,
                  [&](auto piece) { EXPECT_TRUE(adapter.push(piece, channels, rate, 0, out.sink())); });
  adapter.finish(out.sink());
  return out;
}

// Sound with unusable stretches, some at the ends.
Samples damaged(double seconds, int rate) {
  Samples samples = test::machine_sound(seconds, {.rate = rate});
  const auto spoil = [&](double at, std::size_t count, float value) {
    const auto begin = static_cast<std::size_t>(at * static_cast<double>(samples.size()));
    for (std::size_t i = begin; i < std::min(begin + count, samples.size()); ++i) samples[i] = value;
  };
  spoil(0.0, 13, kNan);
  spoil(0.2, 1, kInf);
  spoil(0.4, 500, -kInf);
  spoil(0.4 + 0.01, 40, 9.0F);
  spoil(0.6, 1, 1e30F);
  spoil(0.7, 3000, kNan);
  spoil(0.999, 100000, kNan);
  return samples;
}

TEST(InputAdapter, PassesSoundOfTheRightRateUnchanged) {
  const Samples samples = test::machine_sound(0.5);
  const Out out = adapt(samples, {512});
  EXPECT_EQ(out.samples, samples);
  EXPECT_TRUE(out.gaps.empty());
}

TEST(InputAdapter, GivesTheSameForAnyChunking) {
  for (const int rate : {16000, 48000, 44100, 8000}) {
    const Samples samples = damaged(1.0, rate);
    const Out whole = adapt(samples, {samples.size()}, {}, 1, rate);
    ASSERT_GE(whole.gaps.size(), 5U);
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{7}, std::size_t{160}, std::size_t{512}, std::size_t{4096}})
      EXPECT_TRUE(adapt(samples, {size}, {}, 1, rate) == whole) << rate << " Hz in pieces of " << size;
    EXPECT_TRUE(adapt(samples, {1, 900, 3, 3, 77}, {}, 1, rate) == whole) << rate;
  }
}

TEST(InputAdapter, EveryUnusableSampleIsAGapInItsPlace) {
  const Samples samples = {0.1F, kNan, 0.2F, 0.3F, 8.5F, kInf, -9.0F, 8.0F, -kInf};
  const Out out = adapt(samples, {4});
  EXPECT_EQ(out.samples, (Samples{0.1F, 0.2F, 0.3F, 8.0F}));
  EXPECT_EQ(out.gaps, (std::vector<std::pair<std::size_t, std::int64_t>>{{1, 1}, {3, 3}, {4, 1}}));
}

TEST(InputAdapter, CountsWhatItTookAndWhatItRefused) {
  InputAdapter adapter({});
  Out out;
  ASSERT_TRUE(adapter.push(Samples{0.5F, kNan, -100.0F, kInf, 0.25F}, 1, 16000, 0, out.sink()));
  EXPECT_EQ(adapter.samples(), 5U);
  EXPECT_EQ(adapter.invalid(), 3U);
  EXPECT_EQ(adapter.largest(), 100.0F);
}

TEST(InputAdapter, TimeIsKeptAcrossGapsAtOtherRates) {
  // Samples out and gaps together are the input's duration: a fraction of a sample lost at each gap would add up.
  Samples samples = test::machine_sound(2.0, {.rate = 44100});
  for (std::size_t i = 500; i < samples.size(); i += 1000) samples[i] = kNan;
  const Out out = adapt(samples, {512}, {}, 1, 44100);
  std::int64_t total = static_cast<std::int64_t>(out.samples.size());
  for (const auto& [place, lost] : out.gaps) total += lost;
  EXPECT_NEAR(static_cast<double>(total), 32000.0, 0.5 * static_cast<double>(out.gaps.size()) + 2.0)
      << "each stretch is rounded to whole samples";
}

TEST(InputAdapter, LossesReportedByTheSourceAreGaps) {
  InputAdapter adapter({});
  Out out;
  ASSERT_TRUE(adapter.push(Samples(100, 0.1F), 1, 16000, 0, out.sink()));
  ASSERT_TRUE(adapter.push(Samples(50, 0.2F), 1, 16000, 4800, out.sink()));
  ASSERT_TRUE(adapter.push(Samples{kNan, kNan, 0.3F}, 1, 16000, 10, out.sink()));
  adapter.finish(out.sink());
  EXPECT_EQ(out.samples.size(), 151U);
  EXPECT_EQ(out.gaps, (std::vector<std::pair<std::size_t, std::int64_t>>{{100, 4800}, {150, 12}}));
}

TEST(InputAdapter, TakesTheAskedChannelOrTheMean) {
  const Samples interleaved = {0.1F, 0.5F, 0.3F, -0.2F, 0.4F, 0.1F};
  EXPECT_EQ(adapt(interleaved, {1}, {.channel = 0}, 3).samples, (Samples{0.1F, -0.2F}));
  EXPECT_EQ(adapt(interleaved, {1}, {.channel = 2}, 3).samples, (Samples{0.3F, 0.1F}));
  const Samples mean = adapt(interleaved, {2}, {.channel = -1}, 3).samples;
  ASSERT_EQ(mean.size(), 2U);
  EXPECT_NEAR(mean[0], 0.3F, 1e-7F);
  EXPECT_NEAR(mean[1], 0.1F, 1e-7F);
}

TEST(InputAdapter, AnotherChannelsDamageDoesNotMatter) {
  const Samples interleaved = {0.1F, kNan, 0.2F, kInf};
  EXPECT_EQ(adapt(interleaved, {1}, {.channel = 0}, 2).samples, (Samples{0.1F, 0.2F}));
  EXPECT_TRUE(adapt(interleaved, {1}, {.channel = -1}, 2).samples.empty());
}

TEST(InputAdapter, RefusesAChannelThatIsNotThereAndARateThatCannotBe) {
  Out out;
  InputAdapter third({.channel = 2});
  const auto status = third.push(Samples(8, 0.1F), 2, 16000, 0, out.sink());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::bad_input);
  EXPECT_NE(status.error().what.find("2 channel(s)"), std::string::npos);
  InputAdapter any({});
  EXPECT_FALSE(any.push(Samples(8, 0.1F), 0, 16000, 0, out.sink()));
  for (const int rate : {0, -1, 999, 1000000}) EXPECT_FALSE(any.push(Samples(8, 0.1F), 1, rate, 0, out.sink())) << rate;
  EXPECT_TRUE(out.samples.empty());
}

TEST(InputAdapter, ScalesBeforeItJudges) {
  const Out out = adapt({3276.8F, -16384.0F}, {1}, {.scale = 1.0 / 32768.0});
  ASSERT_EQ(out.samples.size(), 2U);
  EXPECT_NEAR(out.samples[0], 0.1F, 1e-6F);
  EXPECT_NEAR(out.samples[1], -0.5F, 1e-6F);
}

TEST(InputAdapter, GoesOnWhenTheRateChanges) {
  InputAdapter adapter({});
  Out out;
  ASSERT_TRUE(adapter.push(test::machine_sound(1.0, {.rate = 48000}), 1, 48000, 0, out.sink()));
  ASSERT_TRUE(adapter.push(test::machine_sound(1.0), 1, 16000, 0, out.sink()));
  ASSERT_TRUE(adapter.push(test::machine_sound(1.0, {.rate = 44100}), 1, 44100, 0, out.sink()));
  adapter.finish(out.sink());
  EXPECT_NEAR(static_cast<double>(out.samples.size()), 48000.0, 4.0);
  for (const float x : out.samples) ASSERT_TRUE(std::isfinite(x));
}

TEST(InputAdapter, FinishesWithoutHavingHeardAnything) {
  InputAdapter adapter({});
  Out out;
  adapter.finish(out.sink());
  EXPECT_TRUE(out.samples.empty() && out.gaps.empty());
}

TEST(InputAdapter, GainActsAfterTheLookForSamplesThatAreNoSound) {
  Out out;
  InputAdapter adapter({});
  adapter.set_gain(100.0);
  ASSERT_TRUE(adapter.push(Samples{0.5F, 9.0F, 0.25F}, 1, 16000, 0, out.sink()));
  adapter.set_gain(1.0);
  ASSERT_TRUE(adapter.push(Samples{0.125F}, 1, 16000, 0, out.sink()));
  adapter.finish(out.sink());
  EXPECT_EQ(out.samples, (Samples{50.0F, 25.0F, 0.125F}));
  EXPECT_EQ(adapter.invalid(), 1U) << "the 9 alone";
}

}  // namespace
}  // namespace auscult
