#include "detect/drift.h"

#include <algorithm>
#include <cmath>

namespace auscult {

void ScoreHistogram::add(double u, std::uint64_t times) {
  const double at = u > 0.0 ? std::min(u / kBin, static_cast<double>(kBins - 1)) : 0.0;
  counts_[static_cast<std::size_t>(at)] += times;
  total_ += times;
}

double ScoreHistogram::quantile(double p) const {
  const double wanted = p * static_cast<double>(total_);
  double below = 0.0;
  for (std::size_t i = 0; i < kBins && total_ > 0; ++i) {
    const auto count = static_cast<double>(counts_[i]);
    if (count > 0.0 && below + count >= wanted) return kBin * (static_cast<double>(i) + (wanted - below) / count);
    below += count;
  }
  return 0.0;
}

double normal_deviate_of(double u) {
  const double above = std::pow(10.0, -std::max(u, 0.0));
  double low = -3.0, high = 6.0;
  for (int i = 0; i < 50; ++i) {
    const double z = 0.5 * (low + high);
    (0.5 * std::erfc(z / std::sqrt(2.0)) > above ? low : high) = z;
  }
  return low;
}

double score_of_deviate(double z) {
  return -std::log10(0.5 * std::erfc(z / std::sqrt(2.0)));
}

void DriftDetector::add(const Values& quantiles) {
  state_.latest = quantiles;
  Values z{};
  std::transform(quantiles.begin(), quantiles.end(), z.begin(), normal_deviate_of);
  if (state_.reference.size() < kReferencePeriods) {
    state_.reference.push_back(z);
    return;
  }
  const auto n = static_cast<double>(state_.reference.size());
  for (std::size_t q = 0; q < z.size(); ++q) {
    const double mean = mean_of_reference(q);
    double squares = 0.0;
    for (const Values& period : state_.reference) squares += (period[q] - mean) * (period[q] - mean);
    const double sd = std::max(std::sqrt(squares / (n - 1.0)), kSmallestSd);
    const double step = (z[q] - std::min(mean, kLargestReference)) / sd;
    double& sum = state_.sums[q];
    sum = std::clamp(sum + std::clamp(step, -kLargestStep, kLargestStep) - kSlack, 0.0, kLimit);
  }
  const double largest = *std::max_element(state_.sums.begin(), state_.sums.end());
  if (largest >= kLimit) state_.drifted = true;
  if (largest <= 0.0) state_.drifted = false;
}

double DriftDetector::progress() const {
  return *std::max_element(state_.sums.begin(), state_.sums.end()) / kLimit;
}

double DriftDetector::mean_of_reference(std::size_t quantile) const {
  double sum = 0.0;
  for (const Values& period : state_.reference) sum += period[quantile];
  return sum / static_cast<double>(std::max<std::size_t>(state_.reference.size(), 1));
}

double DriftDetector::reference(std::size_t quantile) const {
  return score_of_deviate(mean_of_reference(quantile));
}

}  // namespace auscult
