// Slow changes of normal sound: a one-sided CUSUM on quantiles of the live anomaly score, one value of each a period
// (a day). A quantile u counts as the normal deviate z with the same probability among held-out normal sound. The first
// periods are the reference: their mean and standard deviation are what the machine and its place usually do. After
// Page, Continuous inspection schemes, Biometrika 1954. Thread rule: one object, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace auscult {

/// Live anomaly scores of a period, in bins of 0.01 u up to 12; larger ones count as 12.
class ScoreHistogram {
 public:
  static constexpr double kBin = 0.01;
  static constexpr std::size_t kBins = 1200;

  void add(double u, std::uint64_t times = 1);  ///< NaN and negative values count as 0
  std::uint64_t total() const { return total_; }
  /// The score below which the share `p` (0 to 1) of them lies; 0 if there are none.
  double quantile(double p) const;
  const std::vector<std::uint64_t>& counts() const { return counts_; }

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBins, 0);
  std::uint64_t total_ = 0;
};

/// The z that a normal variable exceeds with probability 10^-u; from -3 to 6.
double normal_deviate_of(double u);

/// The inverse: the u of a normal deviate.
double score_of_deviate(double z);

class DriftDetector {
 public:
  /// The quantiles that are followed: typical sound, and the upper end that a change of one operating state moves.
  static constexpr std::array<double, 2> kQuantiles = {0.5, 0.9};
  using Values = std::array<double, kQuantiles.size()>;  ///< one u for each quantile

  static constexpr std::size_t kReferencePeriods = 21;
  static constexpr double kSlack = 1.5;           ///< reference standard deviations a period that are no drift
  static constexpr double kLimit = 15.0;          ///< of the sum
  static constexpr double kLargestStep = 4.0;     ///< one strange period does not decide
  static constexpr double kSmallestSd = 0.1;      ///< z: smaller changes do not matter, however steady the machine is
  static constexpr double kLargestReference = 2;  ///< z: a machine that has never sounded as in training drifts too

  /// What to keep over a restart.
  struct State {
    std::vector<Values> reference;  ///< z of the first periods
    Values sums{}, latest{};        ///< latest: u
    bool drifted = false;
  };

  DriftDetector() = default;
  explicit DriftDetector(State state) : state_(std::move(state)) {}

  void add(const Values& quantiles);
  /// From the period in which a sum exceeds the limit until both are 0 again.
  bool drifted() const { return state_.drifted; }
  /// The larger sum as a share of the limit, 0 to 1.
  double progress() const;
  /// One quantile in the reference periods (u): that of their mean z.
  double reference(std::size_t quantile) const;
  const State& state() const { return state_; }

 private:
  double mean_of_reference(std::size_t quantile) const;

  State state_;
};

}  // namespace auscult
