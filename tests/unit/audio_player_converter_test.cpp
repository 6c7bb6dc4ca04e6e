#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "audio/player_converter.h"

namespace auscult {
namespace {

std::vector<float> tone(double hz, int rate, int frames) {
  std::vector<float> samples;
  for (int i = 0; i < frames; ++i)
    samples.push_back(static_cast<float>(std::sin(2.0 * std::numbers::pi * hz * i / rate)));
  return samples;
}

TEST(PlayConverter, LeavesTheSameRateAsItIs) {
  const auto samples = tone(440.0, 16000, 100);
  EXPECT_EQ(PlayConverter(1, 16000, 1, 16000)(samples), samples);
}

TEST(PlayConverter, MonoGoesToBothChannelsAndOfManyTheFirstOnesRemain) {
  EXPECT_EQ(PlayConverter(1, 8000, 2, 8000)({0.1F, 0.2F}), (std::vector{0.1F, 0.1F, 0.2F, 0.2F}));
  EXPECT_EQ(PlayConverter(3, 8000, 1, 8000)({0.1F, 0.5F, 0.6F, 0.2F, 0.7F, 0.8F}), (std::vector{0.1F, 0.2F}));
}

TEST(PlayConverter, AToneKeepsItsPitchAtAnotherRate) {
  for (const int rate : {44100, 48000, 8000}) {
    const auto heard = PlayConverter(1, 16000, 1, rate)(tone(440.0, 16000, 16000));
    EXPECT_NEAR(static_cast<double>(heard.size()), rate, rate / 16000.0 + 1.0);
    const auto expected = tone(440.0, rate, static_cast<int>(heard.size()));
    // A straight line misses a sine of this pitch by at most (2 pi 440 / 16000)^2 / 8.
    for (std::size_t i = 0; i < heard.size(); ++i)
      ASSERT_NEAR(heard[i], expected[i], 0.004) << rate << " Hz, sample " << i;
  }
}

TEST(PlayConverter, ChunksDoNotMatter) {
  const auto samples = tone(440.0, 16000, 3000);
  const auto whole = PlayConverter(1, 16000, 2, 44100)(samples);
  for (const std::size_t chunk : {1U, 7U, 512U}) {
    PlayConverter convert(1, 16000, 2, 44100);
    std::vector<float> joined;
    for (std::size_t i = 0; i < samples.size(); i += chunk) {
      const auto part = convert({samples.begin() + static_cast<std::ptrdiff_t>(i),
                                 samples.begin() + static_cast<std::ptrdiff_t>(std::min(i + chunk, samples.size()))});
      joined.insert(joined.end(), part.begin(), part.end());
    }
    ASSERT_NEAR(static_cast<double>(joined.size()), static_cast<double>(whole.size()), 2.0);
    for (std::size_t i = 0; i < std::min(joined.size(), whole.size()); ++i) ASSERT_NEAR(joined[i], whole[i], 1e-4F);
  }
}

}  // namespace
}  // namespace auscult
