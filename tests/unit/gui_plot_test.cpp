#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "gui/plot/auto_range.h"
#include "gui/plot/axis.h"
#include "gui/plot/colormap.h"
#include "support/gui_hops.h"

namespace auscult::gui {
namespace {

TEST(NiceTicks, AreRoundAndInside) {
  EXPECT_EQ(nice_ticks(0.0, 8000.0, 5), (std::vector<double>{0, 2000, 4000, 6000, 8000}));
  EXPECT_EQ(nice_ticks(-0.9, 1.1, 4), (std::vector<double>{-0.5, 0.0, 0.5, 1.0}));
  EXPECT_TRUE(nice_ticks(1.0, 1.0, 5).empty());
  for (const double tick : nice_ticks(-1.0, 1.0, 5)) EXPECT_FALSE(tick == 0.0 && std::signbit(tick));
}

TEST(NiceTicks, AreAboutAsManyAsWanted) {
  for (const double span : {0.003, 0.7, 9.0, 44.0, 123456.0}) {
    const std::size_t n = nice_ticks(0.0, span, 6).size();
    EXPECT_GE(n, 2U) << span;
    EXPECT_LE(n, 7U) << span;
  }
}

TEST(TimeTicks, StandOnWholeSeconds) {
  EXPECT_EQ(time_ticks(3.2, 63.2, 8), (std::vector<double>{10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(time_ticks(0.0, 5.0, 8).size(), 6U);
}

TEST(FrequencyAxis, MelIsSlaneys) {
  EXPECT_NEAR(mel_from_hz(1000.0), 15.0, 1e-9);
  EXPECT_NEAR(mel_from_hz(6400.0), 42.0, 1e-9);  // a factor of 6.4 is 27 mels above 1 kHz
  for (const double hz : {0.0, 440.0, 999.0, 1001.0, 8000.0}) EXPECT_NEAR(hz_from_mel(mel_from_hz(hz)), hz, 1e-6);
}

TEST(FrequencyAxis, PositionAndFrequencyAreInverse) {
  for (const bool mel : {false, true}) {
    const FrequencyAxis axis{mel, 50.0, 8000.0};
    EXPECT_NEAR(axis.position(50.0), 0.0, 1e-12);
    EXPECT_NEAR(axis.position(8000.0), 1.0, 1e-12);
    for (const double p : {0.1, 0.5, 0.9}) EXPECT_NEAR(axis.position(axis.hz_at(p)), p, 1e-9);
  }
}

TEST(FrequencyAxis, TicksSuitSlowAndFastSensors) {
  EXPECT_EQ((FrequencyAxis{true, 0.0, 500.0}.ticks()), (std::vector<double>{0, 100, 200, 300, 400, 500}));
  EXPECT_EQ((FrequencyAxis{true, 0.0, 2000.0}.ticks()), (std::vector<double>{0, 250, 500, 1000, 2000}));
  EXPECT_EQ((FrequencyAxis{true, 0.0, 8000.0}.ticks()), (std::vector<double>{0, 250, 500, 1000, 2000, 4000, 8000}));
  EXPECT_EQ((FrequencyAxis{true, 0.0, 96000.0}.ticks()),
            (std::vector<double>{0, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000}))
      << "labels do not touch";
  EXPECT_EQ((FrequencyAxis{false, 0.0, 96000.0}.ticks()), (std::vector<double>{0, 20000, 40000, 60000, 80000}));
}

TEST(AxisLabels, AreShort) {
  EXPECT_EQ(label_hz(500.0), "500");
  EXPECT_EQ(label_hz(2500.0), "2.5k");
  EXPECT_EQ(label_value(0.0), "0");
  EXPECT_EQ(label_value(-12.5), "-12.5");
}

double luminance(std::uint32_t rgba) {
  return 0.2126 * (rgba & 0xFFU) + 0.7152 * (rgba >> 8U & 0xFFU) + 0.0722 * (rgba >> 16U & 0xFFU);
}

TEST(Colormaps, SequentialOnesGrowBrighterFromEndToEnd) {
  for (const ColormapName name :
       {ColormapName::viridis, ColormapName::magma, ColormapName::inferno, ColormapName::grey}) {
    const Colormap& map = colormap(name);
    for (std::size_t i = 16; i < map.size(); i += 16)
      EXPECT_GT(luminance(map[i]), luminance(map[i - 16]) - 1.0) << to_string(name) << " at " << i;
    EXPECT_LT(luminance(map.front()), 40.0) << to_string(name);
    EXPECT_GT(luminance(map.back()), 180.0) << to_string(name);
  }
}

TEST(Colormaps, MatchThePublishedEnds) {
  // matplotlib: viridis runs from #440154 to #fde725.
  const std::uint32_t first = colormap(ColormapName::viridis).front(), last = colormap(ColormapName::viridis).back();
  EXPECT_NEAR(first & 0xFFU, 0x44, 6);
  EXPECT_NEAR(first >> 16U & 0xFFU, 0x54, 6);
  EXPECT_NEAR(last & 0xFFU, 0xFD, 6);
  EXPECT_NEAR(last >> 8U & 0xFFU, 0xE7, 6);
  EXPECT_EQ(last >> 24U, 0xFFU);
}

TEST(Colormaps, TurboIsDarkAtBothEndsAndBrightBetween) {
  const Colormap& map = colormap(ColormapName::turbo);
  EXPECT_GT(luminance(map[128]), luminance(map.front()) + 80.0);
  EXPECT_GT(luminance(map[128]), luminance(map.back()) + 80.0);
}

History history_of(float quiet_db, float loud_db, int hops) {
  History history(400, 0.032);
  for (int i = 0; i < hops; ++i) {
    LiveHop hop = test::hop_at(i, 0.032);
    hop.linear_db.fill(quiet_db);
    std::fill_n(hop.linear_db.begin(), 50, loud_db);
    history.push(hop);
  }
  return history;
}

TEST(DecibelRange, CoversQuietAndLoudAtFirstLook) {
  DecibelRange range;
  range.follow(history_of(-40.0F, 10.0F, 20), Spectrum::linear);
  EXPECT_LE(range.range().low, -40.0);
  EXPECT_GE(range.range().low, -46.0);
  EXPECT_GE(range.range().high, 10.0);
  EXPECT_LE(range.range().high, 16.0);
}

TEST(DecibelRange, DigitalSilenceIsNoPartOfTheRange) {
  DecibelRange range, heard;
  heard.follow(history_of(-40.0F, 10.0F, 200), Spectrum::linear);
  History stopped = history_of(-40.0F, 10.0F, 200);
  for (int i = 200; i < 320; ++i) {
    LiveHop hop = test::hop_at(i, 0.032);
    hop.linear_db.fill(-100.0F);
    stopped.push(hop);
  }
  range.follow(stopped, Spectrum::linear);
  EXPECT_EQ(range.range(), heard.range());
  for (int i = 320; i < 800; ++i) {
    LiveHop hop = test::hop_at(i, 0.032);
    hop.linear_db.fill(-100.0F);
    stopped.push(hop);
  }
  range.follow(stopped, Spectrum::linear);
  EXPECT_EQ(range.range(), heard.range()) << "with nothing to see it stays";
}

TEST(DecibelRange, DoesNotMoveForSmallChanges) {
  DecibelRange range;
  range.follow(history_of(-40.0F, 10.0F, 20), Spectrum::linear);
  const Range before = range.range();
  History louder = history_of(-40.0F, 10.0F, 20);
  for (int i = 20; i < 400; ++i) {
    LiveHop hop = test::hop_at(i, 0.032);
    hop.linear_db.fill(-38.0F);
    std::fill_n(hop.linear_db.begin(), 50, 12.0F);
    louder.push(hop);
  }
  range.follow(louder, Spectrum::linear);
  EXPECT_EQ(range.range(), before);
}

TEST(DecibelRange, KeepsAnEvenPictureFromBecomingNoise) {
  DecibelRange range;
  range.follow(history_of(-60.0F, -60.0F, 20), Spectrum::linear);
  EXPECT_GE(range.range().high - range.range().low, 30.0);
}

TEST(DecibelRange, StaysWhereItWasSetUntilItIsAutomaticAgain) {
  History history(400, 0.032);
  for (int i = 0; i < 400; ++i) history.push(test::hop_at(i, 0.032));
  DecibelRange range;
  range.set({-50.0, -45.0});
  range.follow(history, Spectrum::mel);
  EXPECT_EQ(range.range(), (Range{-50.0, -40.0})) << "at least 10 dB";
  range.set({-500.0, 500.0});
  EXPECT_GE(range.range().low, static_cast<double>(kCellFloorDb));
  EXPECT_LE(range.range().high, static_cast<double>(db_from_cell(255)));
  EXPECT_FALSE(range.automatic());
  const Range before = range.range();
  range.set_automatic();
  range.follow(history, Spectrum::mel);
  EXPECT_NE(range.range(), before);
}

TEST(TraceRange, ShowsTheThresholdAndCutsOffWhatWouldFlattenIt) {
  const std::vector<float> values = {1.0F, 2.0F, 1000.0F, std::numeric_limits<float>::quiet_NaN()};
  const Range range = trace_range(values, 0.0, 6.0);
  EXPECT_LE(range.low, 0.0);
  EXPECT_GT(range.high, 6.0);
  EXPECT_LT(range.high, 30.0);
}

TEST(TraceRange, IsUsableWithoutAnyValue) {
  const Range range = trace_range({}, -3.0, -3.0);
  EXPECT_LT(range.low, range.high);
}

}  // namespace
}  // namespace auscult::gui
