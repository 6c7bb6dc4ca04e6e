// Mel bins as stretches of frequency.
#include <gtest/gtest.h>

#include "dsp/frequency_bands.h"

namespace auscult {
namespace {

std::vector<float> shares_with(std::initializer_list<std::pair<int, float>> bins) {
  std::vector<float> shares(64, 0.0F);
  for (const auto& [bin, share] : bins) shares[static_cast<std::size_t>(bin)] = share;
  return shares;
}

TEST(MelBorders, RiseFromTheLowestToTheHighestFrequencyAndHoldTheirOwnTone) {
  const FrontendConfig frontend;
  const auto borders = mel_borders(frontend);
  ASSERT_EQ(borders.size(), 65U);
  EXPECT_GT(borders.front(), frontend.f_min);
  EXPECT_LT(borders.back(), frontend.f_max);
  for (std::size_t i = 1; i < borders.size(); ++i) EXPECT_GT(borders[i], borders[i - 1]);
  // librosa.mel_frequencies(66, fmin=0, fmax=8000)[1] and [21]: the centers of bins 0 and 20.
  EXPECT_LT(borders[0], 46.4);
  EXPECT_GT(borders[1], 46.4);
  EXPECT_NEAR((borders[20] + borders[21]) / 2, 974.5, 3.0);
}

TEST(StrongestBands, OnePeakWithItsSkirtIsOneBand) {
  const FrontendConfig frontend;
  const auto borders = mel_borders(frontend);
  const auto bands =
      strongest_bands(shares_with({{29, 0.05F}, {30, 0.2F}, {31, 0.5F}, {32, 0.2F}, {33, 0.05F}}), frontend);
  ASSERT_EQ(bands.size(), 1U);
  EXPECT_DOUBLE_EQ(bands[0].from_hz, borders[30]);
  EXPECT_DOUBLE_EQ(bands[0].to_hz, borders[33]);
  EXPECT_NEAR(bands[0].share, 0.9, 1e-6);
}

TEST(StrongestBands, LargerSharesComeFirstAndTriflesAreLeftOut) {
  const FrontendConfig frontend;
  const auto borders = mel_borders(frontend);
  const auto bands =
      strongest_bands(shares_with({{5, 0.31F}, {40, 0.2F}, {41, 0.2F}, {42, 0.2F}, {60, 0.09F}}), frontend);
  ASSERT_EQ(bands.size(), 2U) << "less than a tenth is not worth a word";
  EXPECT_DOUBLE_EQ(bands[0].from_hz, borders[40]) << "the wide band holds more than the high peak";
  EXPECT_DOUBLE_EQ(bands[1].from_hz, borders[5]);
}

TEST(StrongestBands, TwoStretchesThatTouchAreOne) {
  const auto bands = strongest_bands(shares_with({{30, 0.82F}, {31, 0.18F}}), FrontendConfig{});
  ASSERT_EQ(bands.size(), 1U);
  EXPECT_NEAR(bands[0].share, 1.0, 1e-6);
}

TEST(StrongestBands, NothingUnusualHasNoBand) {
  EXPECT_TRUE(strongest_bands(shares_with({}), FrontendConfig{}).empty());
}

TEST(BandText, IsAsExactAsAMelBin) {
  EXPECT_EQ(to_text(FrequencyBand{412.3, 618.0, 0.5}), "410-620 Hz");
  EXPECT_EQ(to_text(FrequencyBand{2093.0, 2611.0, 0.5}), "2.1-2.6 kHz");
  EXPECT_EQ(to_text(FrequencyBand{940.0, 1130.0, 0.5}), "0.9-1.1 kHz");
  EXPECT_EQ(to_text(FrequencyBand{1489.0, 1521.0, 0.5}), "1490-1520 Hz");
  EXPECT_EQ(to_text(FrequencyBand{984.0, 1000.0, 0.5}), "980-1000 Hz");
  EXPECT_EQ(to_text(std::vector<FrequencyBand>{{412.3, 618.0, 0.6}, {2093.0, 2611.0, 0.4}}), "410-620 Hz, 2.1-2.6 kHz");
}

}  // namespace
}  // namespace auscult
