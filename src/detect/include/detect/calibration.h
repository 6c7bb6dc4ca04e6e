// From energy to anomaly score: u = -log10(1 - quantile) of an energy among held-out normal energies, with an
// exponential tail fitted beyond the data. Detectors with different energies become comparable, and a false-alarm rate
// can be chosen. u = 1 is exceeded by one normal value in ten, u = 2 by one in a hundred. Below the tail, which begins
// at about the 90 % quantile (lower where there are few values), quantiles are interpolated linearly, and the i-th
// smallest of n counts as exceeded with probability (n + 1 - i) / (n + 1): unbiased for a new value even if n is small.
// Thread rule: immutable after fit(); copy freely.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

class EnergyCalibration {
 public:
  /// Not fitted: u() is 0 for every energy.
  EnergyCalibration() = default;
  /// Needs at least 4 finite values. Keeps up to 257 quantiles. Errors: not_enough_data, bad_input (non-finite values).
  static Result<EnergyCalibration> fit(std::span<const double> normal_energies);
  /// From a model file: `quantiles` ascending at equally spaced probabilities from 0 to 1, tail above `tail_start`.
  /// Errors: model_damaged.
  static Result<EnergyCalibration> restore(std::vector<double> quantiles, double tail_start, double tail_probability,
                                           double tail_scale, std::size_t count);

  /// Monotone (strictly in the tail), finite for every finite energy, >= 0; NaN gives NaN. Continuous except for a step
  /// where held-out values are equal.
  double u(double energy) const;
  /// The inverse: the energy at which u is reached; the smallest held-out energy for a u below all.
  double energy_at(double u) const;

  const std::vector<double>& quantiles() const { return quantiles_; }
  double tail_start() const { return tail_start_; }              ///< energy where the fitted tail begins
  double tail_probability() const { return tail_probability_; }  ///< share of normal energies beyond tail_start
  double tail_scale() const { return tail_scale_; }              ///< mean excess beyond tail_start, energy units
  std::size_t count() const { return count_; }                   ///< normal values it was fitted to
  /// The limit of the fitted tail: a u beyond it says only that the value is rarer than 1 in 10^supported_u(). One
  /// decade beyond what count() values can show; 0 if not fitted.
  double supported_u() const;

 private:
  std::vector<double> quantiles_;
  double tail_start_ = 0.0, tail_probability_ = 0.0, tail_scale_ = 1.0;
  std::size_t count_ = 0;
};

/// A score for people: with two decimals, or "over 12" where it is so far above the threshold that its number means
/// nothing.
std::string score_text(double u, double threshold);

/// Distribution of values beyond the largest held-out ones.
enum class Tail {
  exponential,
  power,  ///< P(x > y) ~ y^-alpha: rare values far beyond the others. Values count as at least 1e-3, alpha as at least
          ///< 3; with fewer than 16 values the promised rate is a guess, but the detector stays sensitive.
};

/// The threshold that a new value of the same kind exceeds with `probability`. The probability also averages over the
/// held-out sample, so that a promised rate is kept on average over models and not only if the few held-out values are
/// typical. Within the values an order statistic; beyond, where k values lie above u, the predictive distribution of an
/// exponential tail whose scale is itself estimated from these k: P(x > u + y) = P(x > u) (1 + y / (k scale))^-k; of
/// log x for a power tail (Hill 1975, Weissman 1978). Errors: as EnergyCalibration::fit.
Result<double> predictive_threshold(std::span<const double> held_out, double probability,
                                    Tail tail = Tail::exponential);

/// False alarms per hour as a function of the threshold on the live fused score, and its inverse, from held-out normal
/// sound: predictive_threshold() of each clip's confirmed peak, with a power tail (docs/decisions/live-threshold.md).
class FalseAlarmCurve {
 public:
  FalseAlarmCurve() = default;  ///< known() is false
  /// peaks: for each held-out clip, the highest threshold at which it would have raised an event; at least 4, finite,
  /// any order. hours_an_event: hours of normal sound per event among them, above 0. Errors: bad_input.
  static Result<FalseAlarmCurve> make(std::vector<double> peaks, double hours_an_event);

  bool known() const { return !peaks_.empty(); }
  /// Precondition for both: known(). Between 1e-4 and 1e4 per hour; decreases with the threshold.
  double threshold_for(double per_hour) const;
  double rate_at(double threshold) const;

  const std::vector<double>& peaks() const { return peaks_; }  ///< ascending
  double hours_an_event() const { return hours_an_event_; }

 private:
  std::vector<double> peaks_;
  double hours_an_event_ = 0.0;
};

}  // namespace auscult
