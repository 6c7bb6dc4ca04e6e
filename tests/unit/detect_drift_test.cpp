// Slow changes of normal sound, by simulated machines whose days differ.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "detect/drift.h"

namespace auscult {
namespace {

// A machine whose days are normally distributed around what the model has learned, with one day like the next to the
// extent of `correlation`; `change`: in standard deviations of its days, from day 0 after the reference.
class Machine {
 public:
  Machine(std::uint64_t seed, double correlation) : random_(seed), correlation_(correlation), day_(normal_(random_)) {}
  DriftDetector::Values next(double change) {
    constexpr double kSdOfDays = 0.3;
    day_ = correlation_ * day_ + std::sqrt(1.0 - correlation_ * correlation_) * normal_(random_);
    const double z = kSdOfDays * (day_ + change);
    return {score_of_deviate(z), score_of_deviate(z + 1.2816)};
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double correlation_, day_;
};

// Days after the reference until the report; 0: none.
int days_until_drift(std::uint64_t seed, int days, double correlation, const std::function<double(int)>& change) {
  Machine machine(seed, correlation);
  DriftDetector detector;
  for (std::size_t i = 0; i < DriftDetector::kReferencePeriods; ++i) detector.add(machine.next(0.0));
  for (int day = 1; day <= days; ++day) {
    detector.add(machine.next(change(day)));
    if (detector.drifted()) return day;
  }
  return 0;
}

int false_alarms(double correlation) {
  int count = 0;
  for (std::uint64_t year = 1; year <= 1000; ++year)
    count += days_until_drift(year, 365, correlation, [](int) { return 0.0; }) > 0 ? 1 : 0;
  return count;
}

int median_delay(const std::function<double(int)>& change) {
  std::vector<int> delays;
  for (std::uint64_t seed = 1; seed <= 201; ++seed) {
    const int days = days_until_drift(seed, 400, 0.0, change);
    delays.push_back(days > 0 ? days : 1000);
  }
  std::nth_element(delays.begin(), delays.begin() + 100, delays.end());
  return delays[100];
}

TEST(DriftDetector, SeldomReportsNormalYears) {
  const int independent = false_alarms(0.0), alike = false_alarms(0.5);
  std::printf("of 1,000 years: %d with independent days, %d with days that correlate by 0.5\n", independent, alike);
  EXPECT_LE(independent, 3);
  EXPECT_LE(alike, 40);
}

TEST(DriftDetector, FindsAChangeWithinWeeks) {
  const int two = median_delay([](int) { return 2.0; }), three = median_delay([](int) { return 3.0; }),
            five = median_delay([](int) { return 5.0; }), slow = median_delay([](int day) { return 0.1 * day; });
  std::printf("median days: %d (2 SD), %d (3 SD), %d (5 SD), %d (0.1 SD a day)\n", two, three, five, slow);
  EXPECT_LE(two, 40);
  EXPECT_LE(three, 14);
  EXPECT_LE(five, 8);
  EXPECT_LE(slow, 40);
}

TEST(DriftDetector, ASingleStrangeDayIsNoDrift) {
  EXPECT_EQ(days_until_drift(1, 365, 0.0, [](int day) { return day % 60 == 0 ? 30.0 : 0.0; }), 0);
}

TEST(DriftDetector, ASoundThatGetsMoreNormalIsNoDrift) {
  EXPECT_EQ(days_until_drift(1, 365, 0.0, [](int) { return -5.0; }), 0);
}

TEST(DriftDetector, ReportsASoundThatWasNeverAsInTraining) {
  DriftDetector detector;
  for (int day = 0; day < 60; ++day) detector.add({score_of_deviate(4.0), score_of_deviate(5.0)});
  EXPECT_TRUE(detector.drifted());
}

TEST(DriftDetector, EndsWhenTheSoundIsAsBefore) {
  DriftDetector detector;
  for (std::size_t i = 0; i < DriftDetector::kReferencePeriods; ++i) detector.add({0.3, 1.0});
  while (!detector.drifted()) detector.add({1.5, 2.5});
  EXPECT_EQ(detector.progress(), 1.0);
  EXPECT_NEAR(detector.reference(0), 0.3, 1e-6);
  detector.add({0.3, 1.0});
  EXPECT_TRUE(detector.drifted()) << "not after a day";
  for (int day = 0; day < 12; ++day) detector.add({0.3, 1.0});
  EXPECT_FALSE(detector.drifted());
}

TEST(DriftDetector, GoesOnFromItsState) {
  Machine machine(1, 0.0);
  DriftDetector through;
  DriftDetector restarted;
  for (int day = 0; day < 60; ++day) {
    const auto values = machine.next(day > 30 ? 3.0 : 0.0);
    through.add(values);
    restarted = DriftDetector(restarted.state());
    restarted.add(values);
    EXPECT_EQ(restarted.progress(), through.progress());
    EXPECT_EQ(restarted.drifted(), through.drifted());
  }
  EXPECT_TRUE(through.drifted());
}

TEST(ScoreHistogram, KnowsQuantiles) {
  ScoreHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0.0);
  for (int i = 0; i < 1000; ++i) histogram.add(0.004 * i);
  EXPECT_NEAR(histogram.quantile(0.5), 2.0, 0.01);
  EXPECT_NEAR(histogram.quantile(0.9), 3.6, 0.01);
  histogram.add(1e300, 10000);
  EXPECT_NEAR(histogram.quantile(0.5), 12.0, 0.02);
  EXPECT_EQ(histogram.total(), 11000U);
}

TEST(NormalDeviateOf, IsTheInverseOfTheNormalDistribution) {
  EXPECT_NEAR(normal_deviate_of(0.30103), 0.0, 1e-4);
  EXPECT_NEAR(normal_deviate_of(score_of_deviate(3.0)), 3.0, 1e-9);
  EXPECT_NEAR(normal_deviate_of(0.0), -3.0, 1e-9);
  EXPECT_NEAR(normal_deviate_of(300.0), 6.0, 1e-9);
}

}  // namespace
}  // namespace auscult
