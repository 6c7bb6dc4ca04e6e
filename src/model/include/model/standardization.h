// Standard scores: distances from a mean in standard deviations. Thread rule: pure functions.
#pragma once

#include <span>
#include <vector>

namespace auscult {

inline double standard_score(double x, double mean, double deviation) {
  return (x - mean) / deviation;
}

/// For row-major rows of mean.size() values each. Precondition: one deviation per mean.
std::vector<double> standard_scores(std::span<const float> rows, std::span<const double> mean,
                                    std::span<const double> deviation);

}  // namespace auscult
