// Simple controls on one feature vector per recording, each also in a local form (docs/decisions/local-density.md): a
// lever that only one side gets proves nothing. Thread rule: immutable after fit().
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "training/control_fit.h"

namespace auscult::bench {

/// Names of the scores, in their order: `mahalanobis-local` is the distance over the mean distance of the four nearest
/// training vectors, `knn1-local` the distance to the nearest one over that one's own distance to its nearest.
inline constexpr std::array<const char*, 6> kClipControls = {"template", "mahalanobis",       "gmm",
                                                             "knn1",     "mahalanobis-local", "knn1-local"};

using ClipControlScores = std::array<double, kClipControls.size()>;

class ClipControls {
 public:
  /// `training` holds vectors of equal length. Errors: those of TableControls::fit.
  static Result<ClipControls> fit(const std::vector<std::vector<double>>& training, std::uint64_t seed);
  ClipControlScores operator()(const std::vector<double>& clip) const;

 private:
  struct Near {
    double squared;  ///< distance
    std::size_t row;
  };
  ClipControls(TableControls controls, const std::vector<std::vector<double>>& training);
  /// The `count` nearest training rows without row `except`, nearest first.
  std::vector<Near> nearest(std::span<const double> z, std::size_t count, std::size_t except) const;
  std::vector<double> standardised(const std::vector<double>& clip) const;

  TableControls controls_;
  std::vector<double> mean_, deviation_;
  std::vector<std::vector<double>> rows_;     ///< standardized
  std::vector<double> mahalanobis_, spread_;  ///< of each training row: its own distance, and to its nearest
};

}  // namespace auscult::bench
