#include "detect/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

namespace auscult {
namespace {

constexpr std::size_t kMinimumValues = 4;
constexpr std::size_t kMaximumQuantiles = 257;
constexpr double kMaximumEnergy = 1e300;  // differences of two such values stay finite
constexpr double kTailShare = 0.1;
constexpr double kSmallestPower = 1e-3;
constexpr double kHeaviestPower =
    1.0 / 3.0;  // 1 / alpha: a few values cannot establish a heavier tail, which would raise the threshold too far
constexpr std::size_t kWantedExceedances = 8;
constexpr double kRarest = 1e-4, kMostOften = 1e4;  // range of false alarms per hour

// Linear interpolation between neighbors, position in [0, size - 1].
double interpolate(const std::vector<double>& sorted, double position) {
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}

std::vector<double> equally_spaced_quantiles(const std::vector<double>& sorted) {
  if (sorted.size() <= kMaximumQuantiles) return sorted;
  std::vector<double> quantiles(kMaximumQuantiles);
  const double step = static_cast<double>(sorted.size() - 1) / static_cast<double>(kMaximumQuantiles - 1);
  for (std::size_t i = 0; i < quantiles.size(); ++i) quantiles[i] = interpolate(sorted, step * static_cast<double>(i));
  quantiles.back() = sorted.back();
  return quantiles;
}

// A tenth of the values, but at least enough for a mean excess, and at most half.
std::size_t wanted_exceedances(std::size_t count) {
  const auto tenth = static_cast<std::size_t>(std::ceil(kTailShare * static_cast<double>(count)));
  return std::max<std::size_t>(2, std::max(tenth, std::min(kWantedExceedances, count / 2)));
}

// Chance that the next normal value lies beyond position q (0 = smallest, 1 = largest of n values): the i-th smallest
// of n is exceeded by a new value with probability (n + 1 - i) / (n + 1), whatever the distribution.
double exceedance(double q, std::size_t count) {
  const double n = static_cast<double>(count);
  return (n - q * (n - 1.0)) / (n + 1.0);
}

double position_of_exceedance(double probability, std::size_t count) {
  const double n = static_cast<double>(count);
  return (n - probability * (n + 1.0)) / (n - 1.0);
}

// Equal values beyond the tail's start have no mean excess; with a scale of zero, every rounding error would raise an
// alarm.
double smallest_scale(const std::vector<double>& sorted, double tail_start) {
  const double spread = sorted.back() - sorted.front();
  return std::max(1e-3 * spread, 1e-9 * std::abs(tail_start) + 1e-12);
}

// Errors: not_enough_data, bad_input.
Result<std::vector<double>> checked_and_sorted(std::span<const double> normal_energies) {
  if (normal_energies.size() < kMinimumValues)
    return fail(ErrorCode::not_enough_data,
                "calibration needs at least " + std::to_string(kMinimumValues) +
                    " held-out normal values, but there are " + std::to_string(normal_energies.size()),
                {}, "provide more or longer normal recordings");
  std::vector<double> sorted(normal_energies.begin(), normal_energies.end());
  if (!std::all_of(sorted.begin(), sorted.end(), [](double e) { return std::abs(e) <= kMaximumEnergy; }))
    return fail(ErrorCode::bad_input, "a calibration energy is not finite", {},
                "check the normal recordings for damaged files");
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace

Result<EnergyCalibration> EnergyCalibration::fit(std::span<const double> normal_energies) {
  AUSCULT_TRY_ASSIGN(const std::vector<double> sorted, checked_and_sorted(normal_energies));
  EnergyCalibration result;
  result.count_ = sorted.size();
  result.quantiles_ = equally_spaced_quantiles(sorted);
  // The tail starts at a stored quantile, so that body and tail meet there exactly.
  const double last = static_cast<double>(result.quantiles_.size() - 1);
  const double share = static_cast<double>(sorted.size() - 1 - wanted_exceedances(sorted.size())) /
                       static_cast<double>(sorted.size() - 1);
  const double position = std::floor(share * last + 1e-9);
  result.tail_start_ = result.quantiles_[static_cast<std::size_t>(position)];
  result.tail_probability_ = exceedance(position / last, result.count_);

  const auto beyond = std::upper_bound(sorted.begin(), sorted.end(), result.tail_start_);
  const double exceedances = static_cast<double>(sorted.end() - beyond);
  double mean_excess = 0.0;
  for (auto it = beyond; it != sorted.end(); ++it) mean_excess += (*it - result.tail_start_) / exceedances;
  result.tail_scale_ = std::max(mean_excess, smallest_scale(sorted, result.tail_start_));
  return result;
}

Result<EnergyCalibration> EnergyCalibration::restore(std::vector<double> quantiles, double tail_start,
                                                     double tail_probability, double tail_scale, std::size_t count) {
  const auto damaged = [](const char* what) {
    return fail(ErrorCode::model_damaged, std::string("calibration: ") + what, {}, "train the model again");
  };
  if (quantiles.size() < 2 || quantiles.size() > kMaximumQuantiles) return damaged("wrong number of quantiles");
  if (count < kMinimumValues) return damaged("fitted to too few values");
  if (!std::all_of(quantiles.begin(), quantiles.end(), [](double e) { return std::abs(e) <= kMaximumEnergy; }))
    return damaged("a quantile is not finite");
  if (!std::is_sorted(quantiles.begin(), quantiles.end())) return damaged("quantiles do not ascend");
  if (!(tail_start >= quantiles.front() && tail_start <= quantiles.back()))
    return damaged("the tail starts outside the quantiles");
  if (!(tail_probability > 0.0 && tail_probability <= 1.0)) return damaged("tail probability outside (0, 1]");
  if (!(tail_scale > 0.0 && std::isfinite(tail_scale))) return damaged("tail scale is not positive");
  EnergyCalibration result;
  result.quantiles_ = std::move(quantiles);
  result.tail_start_ = tail_start;
  result.tail_probability_ = tail_probability;
  result.tail_scale_ = tail_scale;
  result.count_ = count;
  return result;
}

double EnergyCalibration::u(double energy) const {
  if (std::isnan(energy)) return energy;
  const double at_joint = -std::log10(tail_probability_);
  if (energy > tail_start_) {
    const double beyond = (energy - tail_start_) / tail_scale_ / std::numbers::ln10;
    return std::min(at_joint + beyond, std::numeric_limits<double>::max());
  }
  // Among equal quantiles the first counts: a value seen often must not look rare.
  const auto at = std::lower_bound(quantiles_.begin(), quantiles_.end(), energy);
  double position = static_cast<double>(at - quantiles_.begin());
  if (at == quantiles_.end()) {
    position = static_cast<double>(quantiles_.size() - 1);
  } else if (at != quantiles_.begin()) {
    const double below = *(at - 1);
    position -= (*at - energy) / (*at - below);
  }
  const double body = -std::log10(exceedance(position / static_cast<double>(quantiles_.size() - 1), count_));
  return std::clamp(body, 0.0, std::max(at_joint, 0.0));
}

double EnergyCalibration::supported_u() const {
  return count_ == 0 ? 0.0 : 1.0 + std::log10(static_cast<double>(count_));
}

double EnergyCalibration::energy_at(double u) const {
  const double at_joint = -std::log10(tail_probability_);
  if (u >= at_joint) return tail_start_ + (u - at_joint) * tail_scale_ * std::numbers::ln10;
  const double q = std::clamp(position_of_exceedance(std::pow(10.0, -u), count_), 0.0, 1.0);
  return std::min(interpolate(quantiles_, q * static_cast<double>(quantiles_.size() - 1)), tail_start_);
}

std::string score_text(double u, double threshold) {
  const double largest = std::max(12.0, std::ceil(2.0 * threshold));
  char text[32];
  if (u > largest)
    std::snprintf(text, sizeof text, "over %.0f", largest);
  else
    std::snprintf(text, sizeof text, "%.2f", u);
  return text;
}

namespace {

// `largest_scale` and `fewest`, the number of values that the scale counts as estimated from, limit the tail that a few
// values can produce.
double predictive(const std::vector<double>& sorted, double probability, double largest_scale, std::size_t fewest) {
  const double n = static_cast<double>(sorted.size());
  const std::size_t above = wanted_exceedances(sorted.size());
  const double k = static_cast<double>(above);
  const double at_start = (k + 1.0) / (n + 1.0);  // chance that a new value lies among those above the tail's start
  if (probability >= at_start)
    return interpolate(sorted, std::clamp((n + 1.0) * (1.0 - probability) - 1.0, 0.0, n - 1.0));
  const double start = sorted[sorted.size() - 1 - above];
  double scale = 0.0;
  for (auto it = sorted.end() - static_cast<std::ptrdiff_t>(above); it != sorted.end(); ++it)
    scale += (*it - start) / k;
  scale = std::min(std::max(scale, smallest_scale(sorted, start)), largest_scale);
  const double known_from = static_cast<double>(std::max(above, fewest));
  return start + known_from * scale * (std::pow(at_start / probability, 1.0 / known_from) - 1.0);
}

}  // namespace

Result<double> predictive_threshold(std::span<const double> held_out, double probability, Tail tail) {
  AUSCULT_TRY_ASSIGN(std::vector<double> sorted, checked_and_sorted(held_out));
  if (tail == Tail::exponential) return predictive(sorted, probability, std::numeric_limits<double>::infinity(), 1);
  for (double& value : sorted) value = std::log(std::max(value, kSmallestPower));
  return std::exp(predictive(sorted, probability, kHeaviestPower, kWantedExceedances));
}

Result<FalseAlarmCurve> FalseAlarmCurve::make(std::vector<double> peaks, double hours_an_event) {
  const bool finite = std::all_of(peaks.begin(), peaks.end(),
                                  [](double p) { return std::isfinite(p) && std::abs(p) <= kMaximumEnergy; });
  if (peaks.size() < 4 || !finite || !(hours_an_event > 0.0) || !std::isfinite(hours_an_event))
    return fail(ErrorCode::bad_input, "the held-out peaks do not determine a false-alarm rate");
  FalseAlarmCurve curve;
  curve.peaks_ = std::move(peaks);
  std::sort(curve.peaks_.begin(), curve.peaks_.end());
  curve.hours_an_event_ = hours_an_event;
  return curve;
}

double FalseAlarmCurve::threshold_for(double per_hour) const {
  const double rate = std::clamp(per_hour, kRarest, kMostOften);
  // Probability that a clip has at least one of a Poisson number of events.
  const double probability = -std::expm1(-rate * hours_an_event_);
  return *predictive_threshold(peaks_, probability, Tail::power);  // make() has checked the preconditions
}

double FalseAlarmCurve::rate_at(double threshold) const {
  double rare = std::log(kRarest), often = std::log(kMostOften);
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (rare + often);
    (threshold_for(std::exp(middle)) > threshold ? rare : often) = middle;
  }
  return std::exp(0.5 * (rare + often));
}

}  // namespace auscult
