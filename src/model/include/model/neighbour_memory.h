// Distance to the nearest training vector, in units of the local spacing: a normal vector in a sparse region may be far
// from its nearest neighbor, one in a dense region may not (the idea of the local outlier factor, Breunig et al. 2000,
// with one neighbor). Complements the network: it reacts to any difference, and handles several kinds of normal sound.
// Thread rule: immutable; const methods from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "model/preset.h"
#include "model/tensors.h"
#include "model/vector_memory.h"

namespace auscult {

class NeighbourMemory {
 public:
  /// Keeps at most `limit` of the standardized rows (count x width), covering them, and for each the mean squared
  /// distance to its ten nearest rows of other recordings (`groups`: one number per row; empty: every row is from a
  /// different recording).
  static NeighbourMemory of(std::span<const double> x, int width, std::span<const std::int32_t> groups,
                            std::int64_t limit, const LocalConfig& config);
  /// The same with more standardized rows (count x width), whose spread is that among themselves: rows of another
  /// state of the machine. groups: one number per row, of at least two recordings. Spreads are multiplied by `margin`.
  NeighbourMemory with(std::span<const double> rows, std::span<const std::int32_t> groups, double margin) const;
  /// Takes memory.rows, .metric and .spread out of the map. Errors: model_damaged.
  static Result<std::shared_ptr<const NeighbourMemory>> restore(TensorMap& tensors, const std::string& prefix,
                                                                int width, const LocalConfig& config);
  void save(TensorMap& tensors, const std::string& prefix) const;

  /// The mean of the smallest ratios of squared distance to spread, of as many as the configuration has neighbours;
  /// one per row. rows: out.size() x width.
  void energies(std::span<const double> rows, std::span<double> out) const;
  /// Each value's contribution to that ratio for one row, less what is normal for it (contributions.h).
  void add_contributions(std::span<const double> row, std::span<double> out) const;

  const VectorMemory& memory() const { return memory_; }
  const std::vector<double>& spread() const { return spread_; }  ///< kept; > 0

 private:
  /// What a row is compared with: the mean of some kept rows, and the squared distance that is usual there.
  struct Reference {
    std::vector<std::size_t> rows;
    double spread = 1.0;
    double weight = 1.0;  ///< of the ratio in the energy
  };
  NeighbourMemory(VectorMemory memory, std::vector<double> spread, std::vector<double> centroid_spread,
                  const LocalConfig& config);
  std::vector<double> ratios(std::span<const double> distances) const;
  std::vector<double> within_state(std::span<const double> distances) const;
  /// distances: of one row to all that are kept.
  std::vector<Reference> references(std::span<const double> distances) const;
  std::vector<double> normal_differences(const Reference& reference) const;

  VectorMemory memory_;
  std::vector<double> projected_;  // the kept rows in the space of the metric
  std::vector<double> spread_, centroid_spread_;
  std::size_t neighbours_;
  NeighbourDistance distance_;
  std::size_t known_;  // rows of training; those after them were added
};

}  // namespace auscult
