// Distance to what was heard in training, in units of how far apart things lay there: a normal vector in a sparse region may
// be far from its nearest neighbour, one in a dense region may not (the idea of the local outlier factor, Breunig et al.
// 2000, with one neighbour). Complements the network: it sees any difference, and follows several kinds of normal.
// Internal to the module, without libtorch. Thread rule: values; const functions from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace auscult {

/// Keeps at most `limit` of the standardised rows (count x width), evenly thinned, and for each the mean squared distance to
/// its ten nearest rows of other recordings (`groups`: one number a row; empty: every row is a recording of its own).
struct NeighbourMemory {
  std::vector<double> rows;    ///< kept x width
  std::vector<double> spread;  ///< kept; > 0
};
NeighbourMemory remember(std::span<const double> x, int width, std::span<const std::int32_t> groups, std::int64_t limit);

/// The smallest ratio of squared distance to spread, in a fixed order of summation.
double neighbour_energy(const NeighbourMemory& memory, std::span<const double> row);

}  // namespace auscult
