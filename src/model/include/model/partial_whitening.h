// Partial whitening: a metric between that of the standardized values (power 0) and the Mahalanobis distance (power
// 1/2). Directions of small variance, in which faults show, count more than in the first; directions that hold nothing
// but noise count less than in the second. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace auscult {

/// V diag(w^-power) V' of the rows' shrunk covariance (Ledoit and Wolf, "A well-conditioned estimator for
/// large-dimensional covariance matrices", 2004) with eigenvectors V and eigenvalues w, scaled so that the products of
/// the rows with it have a mean variance of 1 per value. width x width, symmetric. x: rows x width, row-major, of mean
/// about 0. Precondition: at least one row.
std::vector<double> partial_whitening(std::span<const double> x, int width, double power);

}  // namespace auscult
