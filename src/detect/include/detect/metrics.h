// Detection metrics on scores where larger means more abnormal. A NaN score makes a curve and its areas meaningless
// (NaN, or no points). Thread rule: free functions, no state.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace auscult {

/// Area under the ROC curve (Mann-Whitney U, ties count half). NaN when a class is empty.
double roc_auc(std::span<const double> normal, std::span<const double> abnormal);

/// Partial AUC for false-positive rates up to max_fpr, standardized after McClish (1989) to 0.5 (chance) .. 1, as
/// scikit-learn's roc_auc_score(max_fpr=...) does. NaN when a class is empty.
double partial_auc(std::span<const double> normal, std::span<const double> abnormal, double max_fpr = 0.1);

struct Confusion {
  std::size_t true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;
  double precision() const;  ///< 0 when nothing was flagged
  double recall() const;     ///< 0 when there is nothing to find
  double f1() const;
};
/// A score above the threshold is flagged.
Confusion confusion_at(std::span<const double> normal, std::span<const double> abnormal, double threshold);

struct RocPoint {
  double false_positive_rate, true_positive_rate, threshold;
};
/// From (0, 0) to (1, 1), one point per distinct score. A point's rates are those of confusion_at(threshold): scores
/// above it are flagged, so the last threshold is -infinity. Empty when a class is empty.
std::vector<RocPoint> roc_curve(std::span<const double> normal, std::span<const double> abnormal);

struct Interval {
  double low, high;
};
/// Exact 95 % interval of a proportion (Clopper and Pearson 1934). Without trials: 0 to 1.
Interval binomial_interval(std::size_t hits, std::size_t trials);
/// Exact 95 % interval of the mean of a Poisson count (Garwood 1936).
Interval poisson_interval(std::size_t count);

}  // namespace auscult
