#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "dsp/level_meter.h"

namespace auscult {
namespace {

std::vector<float> sine(std::size_t count, double amplitude) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < count; ++i)
    samples.push_back(static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * static_cast<double>(i) / 16.0)));
  return samples;
}

TEST(LevelMeter, AFullScaleSineIsThreeDecibelsBelowFullScale) {
  LevelMeter meter;
  meter.push(sine(16000, 1.0));
  const Level level = meter.take();
  EXPECT_NEAR(level.rms_dbfs, -3.0103F, 1e-3F);
  EXPECT_NEAR(level.peak_dbfs, 0.0F, 1e-3F);
  EXPECT_EQ(level.samples, 16000);
}

TEST(LevelMeter, AFullScaleSquareWaveIsZeroDecibels) {
  LevelMeter meter;
  meter.push(std::vector<float>{1.0F, -1.0F, 1.0F, -1.0F});
  EXPECT_NEAR(meter.take().rms_dbfs, 0.0F, 1e-6F);
}

TEST(LevelMeter, ATenthOfTheAmplitudeIsTwentyDecibelsLess) {
  LevelMeter meter;
  meter.push(sine(16000, 0.1));
  const Level level = meter.take();
  EXPECT_NEAR(level.rms_dbfs, -23.0103F, 1e-3F);
  EXPECT_NEAR(level.peak_dbfs, -20.0F, 1e-3F);
}

TEST(LevelMeter, CountsSamplesAtOrBeyondFullScaleOfEitherSign) {
  LevelMeter meter;
  meter.push(std::vector<float>{1.0F, -1.0F, 2.0F, 32767.0F / 32768.0F, -32767.0F / 32768.0F, 32766.0F / 32768.0F, 0.0F,
                                -0.5F});
  EXPECT_EQ(meter.take().clipped, 5);
}

TEST(LevelMeter, ClippingIsThatOfTheConverterWhateverGainCameAfter) {
  LevelMeter meter;
  meter.set_full_scale(0.5F);  // -6 dB of gain
  meter.push(std::vector<float>{0.5F, -0.5F, 0.4F});
  EXPECT_EQ(meter.take().clipped, 2);
  meter.set_full_scale(10.0F);
  meter.push(std::vector<float>{1.0F, 9.0F, 10.0F});
  EXPECT_EQ(meter.take().clipped, 1);
  meter.push(std::vector<float>{1.0F, 10.0F});
  EXPECT_EQ(meter.take().clipped, 1) << "reading the level keeps the scale";
}

TEST(LevelMeter, SilenceAndNothingAreTheFloor) {
  LevelMeter meter;
  meter.push(std::vector<float>(100, 0.0F));
  const Level silence = meter.take();
  EXPECT_EQ(silence.rms_dbfs, kSilenceDbfs);
  EXPECT_EQ(silence.peak_dbfs, kSilenceDbfs);
  EXPECT_EQ(silence.samples, 100);
  const Level nothing = meter.take();
  EXPECT_EQ(nothing.rms_dbfs, kSilenceDbfs);
  EXPECT_EQ(nothing.samples, 0);
}

TEST(LevelMeter, TakeStartsAnew) {
  LevelMeter meter;
  meter.push(std::vector<float>(10, 1.0F));
  meter.take();
  meter.push(std::vector<float>(10, 0.1F));
  const Level level = meter.take();
  EXPECT_NEAR(level.rms_dbfs, -20.0F, 1e-4F);
  EXPECT_NEAR(level.peak_dbfs, -20.0F, 1e-4F);
  EXPECT_EQ(level.clipped, 0);
  EXPECT_EQ(level.samples, 10);
}

TEST(LevelMeter, DoesNotDependOnHowTheSamplesArrive) {
  const auto samples = sine(1000, 0.7);
  LevelMeter whole, pieces;
  whole.push(samples);
  for (const float x : samples) pieces.push({&x, 1});
  const Level a = whole.take(), b = pieces.take();
  EXPECT_EQ(a.rms_dbfs, b.rms_dbfs);
  EXPECT_EQ(a.peak_dbfs, b.peak_dbfs);
}

TEST(PowerToDbfs, IsTenLog10AboveItsFloor) {
  EXPECT_FLOAT_EQ(power_to_dbfs(1.0), 0.0F);
  EXPECT_FLOAT_EQ(power_to_dbfs(0.001), -30.0F);
  EXPECT_EQ(power_to_dbfs(1e-30), kSilenceDbfs);
  EXPECT_EQ(power_to_dbfs(0.0), kSilenceDbfs);
}

}  // namespace
}  // namespace auscult
