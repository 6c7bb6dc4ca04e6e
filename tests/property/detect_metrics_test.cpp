#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "detect/metrics.h"

namespace auscult {
namespace {

// Few distinct values, so that ties are common.
std::vector<double> scores() {
  const auto raw = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(-12, 12)));
  return {raw.begin(), raw.end()};
}

double share_of_pairs_in_order(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  double won = 0.0;
  for (double n : normal)
    for (double a : abnormal) won += a > n ? 1.0 : a == n ? 0.5 : 0.0;
  return won / static_cast<double>(normal.size() * abnormal.size());
}

std::vector<double> mapped(std::vector<double> values, double (*map)(double)) {
  std::transform(values.begin(), values.end(), values.begin(), map);
  return values;
}

RC_GTEST_PROP(RocAuc, IsTheShareOfPairsInOrder, ()) {
  const auto normal = scores(), abnormal = scores();
  RC_ASSERT(std::abs(roc_auc(normal, abnormal) - share_of_pairs_in_order(normal, abnormal)) < 1e-12);
}

RC_GTEST_PROP(RocAuc, DoesNotChangeUnderAMonotoneMap, ()) {
  const auto normal = scores(), abnormal = scores();
  const auto map = [](double x) { return std::expm1(x / 3.0) - 100.0; };
  RC_ASSERT(roc_auc(normal, abnormal) == roc_auc(mapped(normal, map), mapped(abnormal, map)));
  RC_ASSERT(partial_auc(normal, abnormal) == partial_auc(mapped(normal, map), mapped(abnormal, map)));
}

RC_GTEST_PROP(RocAuc, TurnsAroundWithTheScores, ()) {
  const auto normal = scores(), abnormal = scores();
  const auto negate = [](double x) { return -x; };
  RC_ASSERT(std::abs(roc_auc(normal, abnormal) + roc_auc(mapped(normal, negate), mapped(abnormal, negate)) - 1.0) <
            1e-12);
}

RC_GTEST_PROP(PartialAuc, LiesBetweenItsBoundsAndIsPerfectWhenTheWholeAreaIs, ()) {
  const auto normal = scores(), abnormal = scores();
  const double max_fpr = *rc::gen::inRange(1, 100) / 100.0;
  const double partial = partial_auc(normal, abnormal, max_fpr);
  const double lowest = 0.5 * (1.0 - max_fpr / (2.0 - max_fpr));  // McClish's standardization of area 0
  RC_ASSERT(partial > lowest - 1e-12);
  RC_ASSERT(partial < 1.0 + 1e-12);
  if (roc_auc(normal, abnormal) == 1.0) RC_ASSERT(std::abs(partial - 1.0) < 1e-12);
}

RC_GTEST_PROP(RocCurve, GivesTheRatesOfItsThresholds, ()) {
  const auto normal = scores(), abnormal = scores();
  const auto curve = roc_curve(normal, abnormal);
  for (const RocPoint& point : curve) {
    const Confusion c = confusion_at(normal, abnormal, point.threshold);
    RC_ASSERT(point.true_positive_rate == c.recall());
    RC_ASSERT(point.false_positive_rate == static_cast<double>(c.false_positive) / static_cast<double>(normal.size()));
  }
  RC_ASSERT(std::is_sorted(curve.begin(), curve.end(), [](const RocPoint& a, const RocPoint& b) {
    return a.false_positive_rate + a.true_positive_rate < b.false_positive_rate + b.true_positive_rate;
  }));
}

RC_GTEST_PROP(BinomialInterval, HoldsTheMeasuredShareAndNarrowsWithTrials, ()) {
  const auto trials = *rc::gen::inRange<std::size_t>(1, 5000);
  const auto hits = *rc::gen::inRange<std::size_t>(0, trials + 1);
  const double share = static_cast<double>(hits) / static_cast<double>(trials);
  const Interval once = binomial_interval(hits, trials), ten_times = binomial_interval(10 * hits, 10 * trials);
  RC_ASSERT(0.0 <= once.low && once.low <= share && share <= once.high && once.high <= 1.0);
  RC_ASSERT(ten_times.high - ten_times.low < once.high - once.low);
}

}  // namespace
}  // namespace auscult
