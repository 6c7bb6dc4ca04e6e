// Metrics against scikit-learn 1.2.1. The numbers were printed by
//   from sklearn.metrics import roc_auc_score
//   n = [0.1,0.4,0.35,0.8,0.4,0.2,0.9,0.05,0.4,0.6,0.3]; a = [0.4,0.85,0.9,0.55,0.95,0.4,0.2]
//   for f in (None,.05,.1,.25,.5,.99): print(f, "%.17g" % roc_auc_score([0]*11 + [1]*7, n + a, max_fpr=f))
//   n = [(i*37%101)/10-3 for i in range(40)]; a = [(i*53%101)/9-2.5 for i in range(25)]   # without ties
//   for f in (None,.1): print(f, "%.17g" % roc_auc_score([0]*40 + [1]*25, n + a, max_fpr=f))
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "detect/metrics.h"

namespace auscult {
namespace {

const std::vector<double> kTiedNormal{0.1, 0.4, 0.35, 0.8, 0.4, 0.2, 0.9, 0.05, 0.4, 0.6, 0.3};
const std::vector<double> kTiedAbnormal{0.4, 0.85, 0.9, 0.55, 0.95, 0.4, 0.2};
constexpr double kRounding = 1e-14;

TEST(RocAuc, AgreesWithScikitLearnWhereScoresAreTied) {
  EXPECT_NEAR(roc_auc(kTiedNormal, kTiedAbnormal), 0.7142857142857143, kRounding);
}

TEST(RocAuc, AgreesWithScikitLearnWithoutTies) {
  std::vector<double> normal, abnormal;
  for (int i = 0; i < 40; ++i) normal.push_back((i * 37 % 101) / 10.0 - 3.0);
  for (int i = 0; i < 25; ++i) abnormal.push_back((i * 53 % 101) / 9.0 - 2.5);
  EXPECT_NEAR(roc_auc(normal, abnormal), 0.55400000000000005, kRounding);
  EXPECT_NEAR(partial_auc(normal, abnormal, 0.1), 0.55263157894736847, kRounding);
}

TEST(PartialAuc, AgreesWithScikitLearnAtEveryCut) {
  EXPECT_NEAR(partial_auc(kTiedNormal, kTiedAbnormal, 0.05), 0.58058608058608063, kRounding);
  EXPECT_NEAR(partial_auc(kTiedNormal, kTiedAbnormal, 0.1), 0.59671907040328098, kRounding);
  EXPECT_NEAR(partial_auc(kTiedNormal, kTiedAbnormal, 0.25), 0.6289424860853432, kRounding);
  EXPECT_NEAR(partial_auc(kTiedNormal, kTiedAbnormal, 0.5), 0.67243867243867239, kRounding);
  EXPECT_NEAR(partial_auc(kTiedNormal, kTiedAbnormal, 0.99), 0.7142571399997143, kRounding);
}

TEST(PartialAuc, IsTheWholeAreaAtOne) {
  EXPECT_EQ(partial_auc(kTiedNormal, kTiedAbnormal, 1.0), roc_auc(kTiedNormal, kTiedAbnormal));
}

TEST(PartialAuc, IsOneForPerfectAndOneHalfForConstantScores) {
  EXPECT_NEAR(partial_auc(std::vector{1.0, 2.0}, std::vector{3.0, 4.0}), 1.0, kRounding);
  EXPECT_NEAR(partial_auc(std::vector{5.0, 5.0, 5.0}, std::vector{5.0, 5.0}), 0.5, kRounding);
}

TEST(RocAreas, HaveNoValueWithoutBothClassesOrWithNan) {
  const std::vector<double> one{1.0}, none, nan{std::numeric_limits<double>::quiet_NaN()};
  EXPECT_TRUE(std::isnan(roc_auc(one, none)));
  EXPECT_TRUE(std::isnan(roc_auc(none, one)));
  EXPECT_TRUE(std::isnan(roc_auc(one, nan)));
  EXPECT_TRUE(std::isnan(partial_auc(none, one)));
  EXPECT_TRUE(std::isnan(partial_auc(one, one, 0.0)));
  EXPECT_TRUE(roc_curve(one, none).empty());
}

TEST(ConfusionAt, FlagsWhatLiesAboveTheThresholdAndNotAtIt) {
  const Confusion c = confusion_at(std::vector{1.0, 2.0, 3.0}, std::vector{2.0, 3.0, 4.0, 5.0}, 2.0);
  EXPECT_EQ(c.true_positive, 3U);
  EXPECT_EQ(c.false_negative, 1U);
  EXPECT_EQ(c.false_positive, 1U);
  EXPECT_EQ(c.true_negative, 2U);
  EXPECT_DOUBLE_EQ(c.precision(), 0.75);
  EXPECT_DOUBLE_EQ(c.recall(), 0.75);
  EXPECT_DOUBLE_EQ(c.f1(), 0.75);
}

TEST(ConfusionAt, HasZeroRatiosInsteadOfNanWhereNothingIsFlagged) {
  const Confusion c = confusion_at(std::vector{1.0}, std::vector{2.0}, 10.0);
  EXPECT_EQ(c.precision(), 0.0);
  EXPECT_EQ(c.recall(), 0.0);
  EXPECT_EQ(c.f1(), 0.0);
}

TEST(RocCurve, GoesFromNothingFlaggedToEverythingFlagged) {
  const std::vector<RocPoint> curve = roc_curve(std::vector{1.0, 2.0}, std::vector{2.0, 3.0});
  ASSERT_EQ(curve.size(), 4U);  // three distinct scores and the start
  EXPECT_EQ(curve.front().false_positive_rate, 0.0);
  EXPECT_EQ(curve.front().true_positive_rate, 0.0);
  EXPECT_EQ(curve[2].false_positive_rate, 0.5);
  EXPECT_EQ(curve[2].true_positive_rate, 1.0);
  EXPECT_EQ(curve.back().false_positive_rate, 1.0);
  EXPECT_EQ(curve.back().true_positive_rate, 1.0);
}

// Newcombe (1998), table I, method 5; scipy.stats.binomtest(...).proportion_ci(method="exact") says the same.
TEST(BinomialInterval, AgreesWithNewcombesTable) {
  const auto expect = [](std::size_t hits, std::size_t trials, double low, double high) {
    const Interval i = binomial_interval(hits, trials);
    EXPECT_NEAR(i.low, low, 5e-5) << hits << " of " << trials;
    EXPECT_NEAR(i.high, high, 5e-5) << hits << " of " << trials;
  };
  expect(81, 263, 0.2527, 0.3676);
  expect(15, 148, 0.0578, 0.1617);
  expect(0, 20, 0.0, 0.1684);
  expect(1, 29, 0.0009, 0.1776);
}

TEST(BinomialInterval, KnowsNothingWithoutTrials) {
  EXPECT_EQ(binomial_interval(0, 0).low, 0.0);
  EXPECT_EQ(binomial_interval(0, 0).high, 1.0);
  EXPECT_EQ(binomial_interval(7, 7).high, 1.0);
}

// Garwood (1936); also Ulm (1990), table 1.
TEST(PoissonInterval, AgreesWithPrintedTables) {
  const auto expect = [](std::size_t count, double low, double high) {
    const Interval i = poisson_interval(count);
    EXPECT_NEAR(i.low, low, 5e-4) << count;
    EXPECT_NEAR(i.high, high, 5e-4) << count;
  };
  expect(0, 0.0, 3.689);
  expect(1, 0.0253, 5.572);
  expect(5, 1.623, 11.668);
  expect(10, 4.795, 18.390);
  expect(100, 81.364, 121.627);
}

// The definition: at each end, what was counted has a chance of 2.5 %, summed term by term.
TEST(PoissonInterval, EndsWhereTheCountIsOneInForty) {
  for (const std::size_t count : {1U, 3U, 17U}) {
    const Interval i = poisson_interval(count);
    double at_most = 0.0, below = 0.0;
    for (std::size_t k = 0; k <= count; ++k) {
      at_most +=
          std::exp(static_cast<double>(k) * std::log(i.high) - i.high - std::lgamma(static_cast<double>(k) + 1.0));
      if (k < count)
        below += std::exp(static_cast<double>(k) * std::log(i.low) - i.low - std::lgamma(static_cast<double>(k) + 1.0));
    }
    EXPECT_NEAR(at_most, 0.025, 1e-9);
    EXPECT_NEAR(1.0 - below, 0.025, 1e-9);
  }
}

}  // namespace
}  // namespace auscult
