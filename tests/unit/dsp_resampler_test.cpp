#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dsp/resampler.h"

namespace auscult {
namespace {

using Samples = std::vector<float>;

Samples tone(double hz, double sample_rate, double seconds, double amplitude = 0.5) {
  Samples samples;
  for (std::size_t i = 0; i < static_cast<std::size_t>(seconds * sample_rate); ++i)
    samples.push_back(
        static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / sample_rate)));
  return samples;
}

Samples resample(const Samples& input, double from, double to) {
  auto resampler = Resampler::create(from, to);
  EXPECT_TRUE(resampler);
  Samples output;
  resampler->process(input, output);
  resampler->finish(output);
  return output;
}

// The middle half, away from where the tone starts and ends.
std::span<const float> middle(const Samples& samples) {
  return std::span(samples).subspan(samples.size() / 4, samples.size() / 2);
}

double rms_db(std::span<const float> samples) {
  double sum = 0.0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return 10.0 * std::log10(sum / static_cast<double>(samples.size()) + 1e-20);
}

// What is left in dB of the signal after the best sine of frequency `hz` has been taken away (least squares).
double residual_db(std::span<const float> samples, double hz, double sample_rate) {
  double ss = 0, cc = 0, sc = 0, sx = 0, cx = 0;
  const auto phase = [&](std::size_t i) { return 2.0 * std::numbers::pi * hz * static_cast<double>(i) / sample_rate; };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double s = std::sin(phase(i)), c = std::cos(phase(i)), x = samples[i];
    ss += s * s, cc += c * c, sc += s * c, sx += s * x, cx += c * x;
  }
  const double determinant = ss * cc - sc * sc, a = (sx * cc - cx * sc) / determinant,
               b = (cx * ss - sx * sc) / determinant;
  Samples rest;
  for (std::size_t i = 0; i < samples.size(); ++i)
    rest.push_back(static_cast<float>(samples[i] - a * std::sin(phase(i)) - b * std::cos(phase(i))));
  return rms_db(rest) - rms_db(samples);
}

class ResamplerRates : public testing::TestWithParam<double> {};

TEST_P(ResamplerRates, KeepsAToneItsFrequencyAndItsLevel) {
  const double rate = GetParam();
  for (const double hz : {100.0, 1000.0, 3400.0}) {
    const Samples input = tone(hz, rate, 1.0), output = resample(input, rate, 16000.0);
    EXPECT_NEAR(rms_db(middle(output)), rms_db(middle(input)), 0.01) << hz;
    EXPECT_LT(residual_db(middle(output), hz, 16000.0), -90.0) << hz;
  }
}

TEST_P(ResamplerRates, KeepsTheDuration) {
  const double rate = GetParam();
  for (const double seconds : {0.1, 1.0, 2.5}) {
    const Samples input = tone(440.0, rate, seconds);
    EXPECT_NEAR(static_cast<double>(resample(input, rate, 16000.0).size()),
                static_cast<double>(input.size()) * 16000.0 / rate, 1.0)
        << seconds;
  }
}

TEST_P(ResamplerRates, AddsNoDelay) {
  // A click must stay where it was.
  const double rate = GetParam();
  Samples input(static_cast<std::size_t>(rate), 0.0F);
  const std::size_t click = input.size() / 2;
  input[click] = 1.0F;
  const Samples output = resample(input, rate, 16000.0);
  const auto loudest = std::max_element(output.begin(), output.end()) - output.begin();
  EXPECT_NEAR(static_cast<double>(loudest), static_cast<double>(click) * 16000.0 / rate, 1.0);
}

TEST_P(ResamplerRates, AfterResetItIsAsNew) {
  const double rate = GetParam();
  const Samples first = tone(777.0, rate, 0.3), second = tone(1234.0, rate, 0.4);
  auto resampler = Resampler::create(rate, 16000.0);
  ASSERT_TRUE(resampler);
  Samples ignored, output;
  resampler->process(first, ignored);
  resampler->finish(ignored);
  resampler->reset();
  resampler->process(second, output);
  resampler->finish(output);
  EXPECT_EQ(output, resample(second, rate, 16000.0));
}

INSTANTIATE_TEST_SUITE_P(To16k, ResamplerRates,
                         testing::Values(8000.0, 11025.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0),
                         [](const auto& param_info) { return std::to_string(static_cast<int>(param_info.param)); });

TEST(Resampler, RemovesWhatTheLowerRateCannotHold) {
  for (const double hz : {9000.0, 12000.0, 15000.0, 20000.0}) {
    const Samples input = tone(hz, 48000.0, 1.0);
    EXPECT_LT(rms_db(middle(resample(input, 48000.0, 16000.0))) - rms_db(middle(input)), -100.0) << hz;
  }
}

TEST(Resampler, EqualRatesPassSamplesThroughUnchanged) {
  const Samples input = tone(440.0, 16000.0, 0.1);
  EXPECT_EQ(resample(input, 16000.0, 16000.0), input);
}

TEST(Resampler, ReportsAShortDelay) {
  auto resampler = Resampler::create(48000.0, 16000.0);
  ASSERT_TRUE(resampler);
  Samples output;
  const Samples input = tone(440.0, 48000.0, 1.0);
  resampler->process(input, output);
  EXPECT_NEAR(resampler->delay_seconds(), (16000.0 - static_cast<double>(output.size())) / 16000.0, 0.001);
  EXPECT_LT(resampler->delay_seconds(), 0.1);
  EXPECT_EQ(Resampler::create(16000.0, 16000.0)->delay_seconds(), 0.0);
}

TEST(Resampler, AppendsToWhatIsThere) {
  auto resampler = Resampler::create(16000.0, 16000.0);
  Samples output = {1.0F};
  resampler->process(Samples{2.0F}, output);
  EXPECT_EQ(output, (Samples{1.0F, 2.0F}));
}

TEST(Resampler, ConvertsBetweenTheSlowestAndTheFastestRate) {
  const Samples slow = tone(300.0, 1000.0, 2.0), fast = resample(slow, 1000.0, 384000.0);
  EXPECT_NEAR(rms_db(middle(fast)), rms_db(middle(slow)), 0.01);
  const Samples back = resample(fast, 384000.0, 1000.0);
  EXPECT_NEAR(rms_db(middle(back)), rms_db(middle(slow)), 0.01);
  EXPECT_LT(residual_db(middle(back), 300.0, 1000.0), -90.0);
}

TEST(Resampler, NothingInGivesNothingOut) {
  EXPECT_TRUE(resample({}, 44100.0, 16000.0).empty());
}

TEST(Resampler, RefusesRatesOutsideOneTo384KHz) {
  for (const double rate : {0.0, -16000.0, 999.0, 384001.0, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(Resampler::create(rate, 16000.0).error().code, ErrorCode::bad_input) << rate;
    EXPECT_EQ(Resampler::create(16000.0, rate).error().code, ErrorCode::bad_input) << rate;
  }
}

}  // namespace
}  // namespace auscult
