#include "detect/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>

namespace auscult {
namespace {

constexpr double kTail = 0.025;  // probability on either side of a 95 % interval
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Step {
  double score;
  std::size_t false_positives, true_positives;  // flagged when everything at or above `score` is flagged
};

bool has_nan(std::span<const double> scores) {
  return std::any_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s); });
}

// One step per distinct score, from the highest down; empty if the curve is undefined.
std::vector<Step> cumulative_counts(std::span<const double> normal, std::span<const double> abnormal) {
  if (normal.empty() || abnormal.empty() || has_nan(normal) || has_nan(abnormal)) return {};
  struct Scored {
    double score;
    bool abnormal;
  };
  std::vector<Scored> all;
  all.reserve(normal.size() + abnormal.size());
  for (double s : normal) all.push_back({s, false});
  for (double s : abnormal) all.push_back({s, true});
  std::sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });

  std::vector<Step> steps;
  for (const Scored& s : all) {
    if (steps.empty()) {
      steps.push_back({s.score, 0, 0});
    } else if (steps.back().score != s.score) {
      steps.push_back({s.score, steps.back().false_positives, steps.back().true_positives});
    }
    ++(s.abnormal ? steps.back().true_positives : steps.back().false_positives);
  }
  return steps;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double roc_auc(std::span<const double> normal, std::span<const double> abnormal) {
  const std::vector<Step> steps = cumulative_counts(normal, abnormal);
  if (steps.empty()) return kNan;
  // Whole numbers up to the last division: twice the area in units of (one normal) x (one abnormal).
  double twice_area = 0.0;
  std::size_t last_fp = 0, last_tp = 0;
  for (const Step& step : steps) {
    twice_area +=
        static_cast<double>(step.false_positives - last_fp) * static_cast<double>(step.true_positives + last_tp);
    last_fp = step.false_positives;
    last_tp = step.true_positives;
  }
  return twice_area / (2.0 * static_cast<double>(normal.size()) * static_cast<double>(abnormal.size()));
}

double partial_auc(std::span<const double> normal, std::span<const double> abnormal, double max_fpr) {
  if (!(max_fpr > 0.0 && max_fpr <= 1.0)) return kNan;
  if (max_fpr == 1.0) return roc_auc(normal, abnormal);  // as scikit-learn: nothing to standardize
  const std::vector<Step> steps = cumulative_counts(normal, abnormal);
  if (steps.empty()) return kNan;
  double area = 0.0, last_fpr = 0.0, last_tpr = 0.0;
  for (const Step& step : steps) {
    const double fpr = ratio(step.false_positives, normal.size());
    const double tpr = ratio(step.true_positives, abnormal.size());
    if (fpr > max_fpr) {  // cut the last trapezium at max_fpr
      const double tpr_at_cut = last_tpr + (tpr - last_tpr) * (max_fpr - last_fpr) / (fpr - last_fpr);
      area += (max_fpr - last_fpr) * (last_tpr + tpr_at_cut) / 2.0;
      break;
    }
    area += (fpr - last_fpr) * (last_tpr + tpr) / 2.0;
    last_fpr = fpr;
    last_tpr = tpr;
  }
  const double chance = 0.5 * max_fpr * max_fpr;
  return 0.5 * (1.0 + (area - chance) / (max_fpr - chance));
}

double Confusion::precision() const {
  return ratio(true_positive, true_positive + false_positive);
}

double Confusion::recall() const {
  return ratio(true_positive, true_positive + false_negative);
}

double Confusion::f1() const {
  return ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative);
}

Confusion confusion_at(std::span<const double> normal, std::span<const double> abnormal, double threshold) {
  const auto flagged = [threshold](std::span<const double> scores) {
    return static_cast<std::size_t>(
        std::count_if(scores.begin(), scores.end(), [threshold](double s) { return s > threshold; }));
  };
  Confusion result;
  result.true_positive = flagged(abnormal);
  result.false_negative = abnormal.size() - result.true_positive;
  result.false_positive = flagged(normal);
  result.true_negative = normal.size() - result.false_positive;
  return result;
}

std::vector<RocPoint> roc_curve(std::span<const double> normal, std::span<const double> abnormal) {
  const std::vector<Step> steps = cumulative_counts(normal, abnormal);
  std::vector<RocPoint> points;
  if (steps.empty()) return points;
  points.reserve(steps.size() + 1);
  points.push_back({0.0, 0.0, steps.front().score});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    points.push_back({ratio(steps[i].false_positives, normal.size()), ratio(steps[i].true_positives, abnormal.size()),
                      last ? -std::numeric_limits<double>::infinity() : steps[i + 1].score});
  }
  return points;
}

Interval binomial_interval(std::size_t hits, std::size_t trials) {
  if (trials == 0) return {0.0, 1.0};
  const double k = static_cast<double>(hits), n = static_cast<double>(trials);
  return {hits == 0 ? 0.0 : boost::math::ibeta_inv(k, n - k + 1.0, kTail),
          hits == trials ? 1.0 : boost::math::ibeta_inv(k + 1.0, n - k, 1.0 - kTail)};
}

Interval poisson_interval(std::size_t count) {
  const double k = static_cast<double>(count);
  return {count == 0 ? 0.0 : boost::math::gamma_p_inv(k, kTail), boost::math::gamma_p_inv(k + 1.0, 1.0 - kTail)};
}

}  // namespace auscult
