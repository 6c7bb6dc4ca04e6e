// Metrics against scikit-learn 1.2.1. The numbers were printed by
//   from sklearn.metrics import roc_auc_score
//   n = [0.1,0.4,0.35,0.8,0.4,0.2,0.9,0.05,0.4,0.6,0.3]; a = [0.4,0.85,0.9,0.55,0.95,0.4,0.2]
//   for f in (None,.05,.1,.25,.5,.99): print(f, "%.17g" % roc_auc_score([0]*11 + [1]*7, n + a, max_fpr=f))
//   n = [(i*37%101)/10-3 for i in range(40)]; a = [(i*53%101)/9-2.5 for i in range(25)]   # without ties
//   for f in (None,.1): print(f, "%.17g" % roc_auc_score([0]*40 + [1]*25, n + a, max_fpr=f))
#include "auscult/detect/metrics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

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

TEST(Areas, HaveNoValueWithoutBothClassesOrWithNan) {
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

// statsmodels.stats.proportion.proportion_confint(hits, trials, method="wilson"), also Newcombe (1998), table I:
// 81 of 263 -> .2553-.3662, 15 of 148 -> .0624-.1605, 0 of 20 -> 0-.1611, 1 of 29 -> .0061-.1718.
TEST(WilsonInterval, AgreesWithNewcombesTable) {
  const auto expect = [](std::size_t hits, std::size_t trials, double low, double high) {
    const Interval i = wilson_interval(hits, trials);
    EXPECT_NEAR(i.low, low, 5e-5) << hits << " of " << trials;
    EXPECT_NEAR(i.high, high, 5e-5) << hits << " of " << trials;
  };
  expect(81, 263, 0.2553, 0.3662);
  expect(15, 148, 0.0624, 0.1605);
  expect(0, 20, 0.0, 0.1611);
  expect(1, 29, 0.0061, 0.1718);
}

TEST(WilsonInterval, KnowsNothingWithoutTrials) {
  EXPECT_EQ(wilson_interval(0, 0).low, 0.0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1.0);
  EXPECT_EQ(wilson_interval(7, 7).high, 1.0);
}

}  // namespace
}  // namespace auscult
