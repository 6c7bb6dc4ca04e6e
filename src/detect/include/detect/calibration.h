// From energy to surprise: u = -log10(1 - quantile) of an energy among held-out normal energies, with an exponential
// tail fitted beyond the data, so that detectors with different energies become comparable and a false-alarm rate can
// be asked for. u = 1 is exceeded by one normal value in ten, u = 2 by one in a hundred. Below the tail, which begins
// at about the 90 % quantile (lower where there are few values), quantiles are interpolated linearly, and the i-th
// smallest of n counts as exceeded with probability (n + 1 - i) / (n + 1): honest for a new value even when n is small.
// Thread rule: immutable after fit(); copy freely.
#pragma once

#include "auscult/error.h"

#include <span>
#include <vector>

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

  /// Monotone (strictly in the tail), finite for every finite energy, >= 0; NaN gives NaN. Continuous, but for a step
  /// where held-out values are equal.
  double u(double energy) const;
  /// The inverse: the energy at which u is reached; the smallest held-out energy for a u below all.
  double energy_at(double u) const;

  const std::vector<double>& quantiles() const { return quantiles_; }
  double tail_start() const { return tail_start_; }              ///< energy where the fitted tail begins
  double tail_probability() const { return tail_probability_; }  ///< share of normal energies beyond tail_start
  double tail_scale() const { return tail_scale_; }              ///< mean excess beyond tail_start, energy units
  std::size_t count() const { return count_; }                   ///< normal values it was fitted to

 private:
  std::vector<double> quantiles_;
  double tail_start_ = 0.0, tail_probability_ = 0.0, tail_scale_ = 1.0;
  std::size_t count_ = 0;
};

/// How values go on beyond those that were seen.
enum class Tail {
  exponential,
  power,  ///< P(x > y) ~ y^-alpha: now and then something quite out of the ordinary. Values count as at least 1e-3, alpha as at least 3;
          ///< with fewer than 16 values the promise is a guess, but the detector does not go deaf.
};

/// The threshold that a new value of the same kind exceeds with `probability`, all told: the chance averages over what may
/// have been held out, too, so that a promise is kept on average and not only by a model whose few held-out values were
/// typical. Within the values an order statistic; beyond, where k values lie above u, the predictive distribution of an
/// exponential tail whose scale is itself estimated from these k: P(x > u + y) = P(x > u) (1 + y / (k scale))^-k; of
/// log x for a power tail (Hill 1975, Weissman 1978). Errors: as EnergyCalibration::fit.
Result<double> predictive_threshold(std::span<const double> held_out, double probability, Tail tail = Tail::exponential);

/// How many false alarms an hour a threshold on the live fused score makes, and the other way round, from held-out normal
/// sound: predictive_threshold() of each clip's confirmed peak, with a power tail (docs/decisions/live-threshold.md).
class FalseAlarmCurve {
 public:
  FalseAlarmCurve() = default;  ///< knows nothing
  /// peaks: of each held-out clip the highest threshold at which it would have raised an event, at least 4, finite, any order;
  /// hours_an_event: of normal sound for each event among them, above 0. Errors: bad_input.
  static Result<FalseAlarmCurve> make(std::vector<double> peaks, double hours_an_event);

  bool known() const { return !peaks_.empty(); }
  /// Preconditions for both: known(). Between 1e-4 and 1e4 an hour; falls with the threshold.
  double threshold_for(double per_hour) const;
  double rate_at(double threshold) const;

  const std::vector<double>& peaks() const { return peaks_; }  ///< ascending
  double hours_an_event() const { return hours_an_event_; }

 private:
  std::vector<double> peaks_;
  double hours_an_event_ = 0.0;
};

}  // namespace auscult
