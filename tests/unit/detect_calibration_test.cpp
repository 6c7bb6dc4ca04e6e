#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "detect/calibration.h"

namespace auscult {
namespace {

constexpr int kFits = 400;

std::vector<double> ramp(int count, double first = 0.0, double step = 1.0) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(first + step * i);
  return values;
}

EnergyCalibration fitted(const std::vector<double>& values) {
  auto result = EnergyCalibration::fit(values);
  EXPECT_TRUE(result) << result.error().what;
  return *result;
}

// How often a new value really exceeds the energy at which u is reached, in units of the promised 10^-u; the mean over
// many calibrations, each fitted to `count` draws.
template <class Draw, class Exceedance>
double measured_over_promised(int count, double u, Draw draw, Exceedance exceedance) {
  std::mt19937_64 random(7);
  double sum = 0.0;
  for (int i = 0; i < kFits; ++i) {
    std::vector<double> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return draw(random); });
    sum += exceedance(fitted(values).energy_at(u));
  }
  return sum / kFits * std::pow(10.0, u);
}

double exponential_ratio(int count, double u) {
  std::exponential_distribution<double> distribution;
  return measured_over_promised(
      count, u, [&](auto& random) { return distribution(random); },
      [](double x) { return x > 0.0 ? std::exp(-x) : 1.0; });
}

double gaussian_ratio(int count, double u) {
  std::normal_distribution<double> distribution;
  return measured_over_promised(
      count, u, [&](auto& random) { return distribution(random); },
      [](double x) { return 0.5 * std::erfc(x / std::sqrt(2.0)); });
}

TEST(EnergyCalibration, SupportsOneDecadeBeyondItsValues) {
  EXPECT_DOUBLE_EQ(fitted(ramp(1000)).supported_u(), 4.0);
  EXPECT_DOUBLE_EQ(EnergyCalibration().supported_u(), 0.0);
}

TEST(ScoreText, LeavesOutNumbersThatMeanNothing) {
  EXPECT_EQ(score_text(3.456, 4.0), "3.46");
  EXPECT_EQ(score_text(12.0, 4.0), "12.00");
  EXPECT_EQ(score_text(230.3, 4.0), "over 12");
  EXPECT_EQ(score_text(19.0, 9.5), "19.00") << "twice the threshold is still told";
}

TEST(EnergyCalibration, KeepsItsPromiseOnExponentialEnergies) {
  for (int count : {200, 2000}) {
    for (double u : {0.3, 0.7, 1.0, 1.5, 2.0}) {
      const double ratio = exponential_ratio(count, u);
      EXPECT_GT(ratio, 0.85) << count << " values, u = " << u;
      EXPECT_LT(ratio, 1.2) << count << " values, u = " << u;
    }
  }
  EXPECT_NEAR(exponential_ratio(2000, 3.0), 1.0, 0.2);  // twice beyond what 2,000 values show
  EXPECT_NEAR(exponential_ratio(2000, 4.0), 1.0, 0.3);
}

TEST(EnergyCalibration, ErrsTowardsFewerAlarmsOnGaussianEnergies) {
  for (int count : {200, 2000}) {
    EXPECT_NEAR(gaussian_ratio(count, 0.5), 1.0, 0.1);
    EXPECT_NEAR(gaussian_ratio(count, 1.0), 1.0, 0.1);
    EXPECT_NEAR(gaussian_ratio(count, 2.0), 0.85, 0.25);
    EXPECT_LT(gaussian_ratio(count, 3.0), 0.8);  // a Gaussian tail falls faster than an exponential one
  }
}

TEST(EnergyCalibration, StaysHonestWithFewValues) {
  EXPECT_NEAR(exponential_ratio(20, 0.5), 1.0, 0.15);
  EXPECT_NEAR(exponential_ratio(20, 1.0), 1.0, 0.2);
  EXPECT_NEAR(gaussian_ratio(20, 1.0), 1.0, 0.2);
}

TEST(EnergyCalibration, SaysHowRareAHeldOutValueIs) {
  const EnergyCalibration c = fitted(ramp(99));  // the i-th smallest of 99 is exceeded by a new one in 100 - i of 100
  EXPECT_NEAR(c.u(49.0), -std::log10(0.50), 1e-12);
  EXPECT_NEAR(c.u(0.0), -std::log10(0.99), 1e-12);
  EXPECT_NEAR(c.u(49.5), -std::log10(0.495), 1e-12);
  EXPECT_EQ(c.u(-1e9), c.u(0.0));
}

TEST(EnergyCalibration, FitsTheTailToTheMeanExcessOfATenth) {
  const EnergyCalibration c = fitted(ramp(201));  // 21 values beyond 179
  EXPECT_EQ(c.count(), 201U);
  EXPECT_DOUBLE_EQ(c.tail_start(), 179.0);
  EXPECT_NEAR(c.tail_scale(), 11.0, 1e-12);
  EXPECT_NEAR(c.tail_probability(), 22.0 / 202.0, 1e-12);
  EXPECT_NEAR(c.u(c.tail_start() + c.tail_scale() * std::log(10.0)), c.u(c.tail_start()) + 1.0, 1e-12);
}

TEST(EnergyCalibration, LeavesEnoughExceedancesWhereThereAreFewValues) {
  const auto exceedances = [](int count) {
    const EnergyCalibration c = fitted(ramp(count));
    const std::vector<double> values = ramp(count);
    return std::count_if(values.begin(), values.end(), [&](double v) { return v > c.tail_start(); });
  };
  EXPECT_EQ(exceedances(4), 2);
  EXPECT_EQ(exceedances(10), 5);
  EXPECT_EQ(exceedances(16), 8);
  EXPECT_EQ(exceedances(60), 8);
  EXPECT_EQ(exceedances(200), 20);
}

TEST(EnergyCalibration, ThinsManyValuesTo257Quantiles) {
  const EnergyCalibration c = fitted(ramp(10'000));
  ASSERT_EQ(c.quantiles().size(), 257U);
  EXPECT_EQ(c.quantiles().front(), 0.0);
  EXPECT_EQ(c.quantiles().back(), 9999.0);
  EXPECT_NEAR(c.quantiles()[128], 4999.5, 1e-9);
  EXPECT_NEAR(c.u(8999.0), 1.0, 0.01);
}

TEST(EnergyCalibration, MeetsItsTailWithoutAStep) {
  for (int count : {4, 5, 11, 100, 257, 258, 5000}) {
    const EnergyCalibration c = fitted(ramp(count, -1e4, 3.0));
    const double hair = 1e-9 * std::abs(c.tail_start());
    EXPECT_NEAR(c.u(c.tail_start() - hair), c.u(c.tail_start() + hair), 1e-4) << count;
  }
}

TEST(EnergyCalibration, WorksOnEqualValues) {
  for (double value : {0.0, -123.456, 3e12}) {
    const EnergyCalibration c = fitted(std::vector<double>(20, value));
    EXPECT_LT(c.u(value), 0.05) << "what was always seen is not rare";
    const double slightly_above = value + 1e-6 * std::abs(value) + 1e-6;
    EXPECT_GT(c.u(slightly_above), 2.0);
    EXPECT_TRUE(std::isfinite(c.u(slightly_above)));
    EXPECT_GT(c.u(2.0 * slightly_above + 1e6), c.u(slightly_above));
  }
}

TEST(EnergyCalibration, DoesNotCallACommonValueRareBecauseItIsTheLargest) {
  std::vector<double> values = ramp(70);
  values.resize(100, 70.0);  // three in ten at the very top, as with clipped recordings
  EXPECT_LE(fitted(values).u(70.0), -std::log10(0.28));
}

TEST(EnergyCalibration, IsFiniteForEveryFiniteEnergy) {
  const double huge = std::numeric_limits<double>::max();
  for (const auto& values : {ramp(10), ramp(10, -1e299, 1e298), std::vector<double>(8, 0.0)}) {
    const EnergyCalibration c = fitted(values);
    EXPECT_TRUE(std::isfinite(c.u(huge)));
    EXPECT_TRUE(std::isfinite(c.u(-huge)));
    EXPECT_GE(c.u(-huge), 0.0);
  }
  EXPECT_TRUE(std::isnan(fitted(ramp(10)).u(std::numeric_limits<double>::quiet_NaN())));
}

TEST(EnergyCalibration, RefusesTooFewOrNonFiniteValues) {
  const auto few = EnergyCalibration::fit(ramp(3));
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, ErrorCode::not_enough_data);
  for (double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    std::vector<double> values = ramp(10);
    values[3] = bad;
    const auto result = EnergyCalibration::fit(values);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::bad_input);
  }
}

TEST(EnergyCalibration, ComesBackFromItsNumbersBitForBit) {
  const EnergyCalibration c = fitted(ramp(1000, -50.0, 0.37));
  const auto restored =
      EnergyCalibration::restore(c.quantiles(), c.tail_start(), c.tail_probability(), c.tail_scale(), c.count());
  ASSERT_TRUE(restored);
  for (double energy = -100.0; energy < 600.0; energy += 1.7) EXPECT_EQ(restored->u(energy), c.u(energy));
}

TEST(EnergyCalibration, RefusesDamagedNumbers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> good = ramp(10);
  const auto damaged = [](const Result<EnergyCalibration>& result) {
    return !result && result.error().code == ErrorCode::model_damaged;
  };
  ASSERT_TRUE(EnergyCalibration::restore(good, 7.0, 0.2, 1.0, 10));
  EXPECT_TRUE(damaged(EnergyCalibration::restore({1.0}, 1.0, 0.2, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(ramp(258), 7.0, 0.2, 1.0, 300)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore({1.0, nan, 3.0}, 2.0, 0.2, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore({3.0, 2.0, 1.0}, 2.0, 0.2, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, 70.0, 0.2, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, nan, 0.2, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, 7.0, 0.0, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, 7.0, nan, 1.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, 7.0, 0.2, 0.0, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, 7.0, 0.2, nan, 10)));
  EXPECT_TRUE(damaged(EnergyCalibration::restore(good, 7.0, 0.2, 1.0, 0)));
}

// The promise of a threshold, averaged over what may have been held out: 10,000 trainings with `count` normal values
// each.
double exceeded(int count, double probability) {
  std::mt19937_64 random(11);
  std::exponential_distribution<double> draw(1.0);
  double sum = 0.0;
  constexpr int kTrainings = 10000;
  for (int i = 0; i < kTrainings; ++i) {
    std::vector<double> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return draw(random); });
    sum += std::exp(-*predictive_threshold(values, probability)) / kTrainings;
  }
  return sum;
}

TEST(PredictiveThreshold, IsExceededAsOftenAsPromisedOnAverageOverTrainings) {
  for (const int count : {20, 60, 150})
    for (const double probability : {0.3, 0.05, 1.0 / 360.0})
      EXPECT_NEAR(exceeded(count, probability) / probability, 1.0, 0.08) << count << " values, " << probability;
}

TEST(PredictiveThreshold, OfAPowerTailIsExceededAsOftenAsPromisedToo) {
  std::mt19937_64 random(13);
  std::exponential_distribution<double> draw(1.0);
  constexpr int kTrainings = 10000;
  double power = 0.0, exponential = 0.0;
  for (int i = 0; i < kTrainings; ++i) {
    std::vector<double> values(60);
    std::generate(values.begin(), values.end(), [&] { return std::exp(draw(random) / 6.0); });  // P(x > y) = y^-6
    power += std::pow(*predictive_threshold(values, 1.0 / 360.0, Tail::power), -6.0) / kTrainings;
    exponential += std::pow(*predictive_threshold(values, 1.0 / 360.0), -6.0) / kTrainings;
  }
  EXPECT_NEAR(power * 360.0, 1.0, 0.08);
  EXPECT_GT(exponential * 360.0, 1.15) << "what an exponential tail would make of such values";
  EXPECT_GT(*predictive_threshold(std::vector<double>{0.0, 0.0, 0.0, -1.0, 0.5, 0.2}, 0.01, Tail::power), 0.0)
      << "what is not positive has no logarithm";
  EXPECT_LT(
      *predictive_threshold(std::vector<double>{0.1, 0.1, 0.2, 0.2, 1.0, 10.0, 100.0, 1000.0}, 0.001, Tail::power), 1e6)
      << "a few wild values do not make it deaf";
}

TEST(PredictiveThreshold, IsMoreCautiousTheFewerValuesThereAre) {
  const auto quantiles = [](int count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(-std::log(1.0 - (i + 0.5) / count));
    return values;
  };
  EXPECT_GT(*predictive_threshold(quantiles(20), 0.003), *predictive_threshold(quantiles(60), 0.003));
  EXPECT_GT(*predictive_threshold(quantiles(60), 0.003), *predictive_threshold(quantiles(1000), 0.003));
  EXPECT_NEAR(*predictive_threshold(quantiles(100000), 0.003), -std::log(0.003), 0.05);
}

TEST(PredictiveThreshold, RisesAsTheRateFallsWithoutASeam) {
  const std::vector<double> values = ramp(60);
  double last = -1.0;
  for (double probability = 0.9; probability > 1e-5; probability *= 0.99) {
    const double threshold = *predictive_threshold(values, probability);
    EXPECT_GE(threshold, last);
    if (last >= 0.0) {
      EXPECT_LT(threshold - last, 1.0) << "at " << probability;
    }
    last = threshold;
  }
}

TEST(PredictiveThreshold, OfEqualValuesLiesAboveThem) {
  const std::vector<double> values(30, 2.0);
  EXPECT_GT(*predictive_threshold(values, 0.001), 2.0);
  EXPECT_FALSE(predictive_threshold(std::vector<double>{1, 2, 3}, 0.05));
  EXPECT_FALSE(predictive_threshold(std::vector<double>{1, 2, 3, std::nan("")}, 0.05));
}

TEST(FalseAlarmCurve, GoesBothWays) {
  std::mt19937_64 random(3);
  std::exponential_distribution<double> draw(1.0);
  std::vector<double> peaks(60);
  std::generate(peaks.begin(), peaks.end(), [&] { return std::exp(draw(random) / 4.0); });
  const auto curve = FalseAlarmCurve::make(peaks, 10.0 / 3600.0);
  ASSERT_TRUE(curve);
  double last = 1e9;
  for (const double per_hour : {0.01, 0.1, 1.0, 6.0, 60.0, 200.0}) {
    const double threshold = curve->threshold_for(per_hour);
    EXPECT_LT(threshold, last) << "a rate that is allowed to be higher needs a lower threshold";
    EXPECT_NEAR(curve->rate_at(threshold) / per_hour, 1.0, 1e-6);
    last = threshold;
  }
  EXPECT_DOUBLE_EQ(curve->threshold_for(1.0), *predictive_threshold(peaks, -std::expm1(-10.0 / 3600.0), Tail::power));
  EXPECT_LE(curve->rate_at(1e9), 1e-4 * 1.001);
  EXPECT_GE(curve->rate_at(0.0), 1e4 * 0.999);
}

TEST(FalseAlarmCurve, KnowsWhenItKnowsNothing) {
  EXPECT_FALSE(FalseAlarmCurve{}.known());
  EXPECT_FALSE(FalseAlarmCurve::make({1.0, 2.0, 3.0}, 0.1));
  EXPECT_FALSE(FalseAlarmCurve::make({1.0, 2.0, 3.0, NAN}, 0.1));
  EXPECT_FALSE(FalseAlarmCurve::make({1.0, 2.0, 3.0, 4.0}, 0.0));
}

}  // namespace
}  // namespace auscult
