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
#include "model/tensors.h"

namespace auscult {

namespace nn {
class RowProduct;
}

class NeighbourMemory {
 public:
  /// Keeps at most `limit` of the standardized rows (count x width), evenly thinned, and for each the mean squared
  /// distance to its ten nearest rows of other recordings (`groups`: one number per row; empty: every row is from a
  /// different recording).
  static NeighbourMemory of(std::span<const double> x, int width, std::span<const std::int32_t> groups,
                            std::int64_t limit);
  /// Takes memory.rows and memory.spread out of the map. Errors: model_damaged.
  static Result<std::shared_ptr<const NeighbourMemory>> restore(TensorMap& tensors, const std::string& prefix,
                                                                int width);
  void save(TensorMap& tensors, const std::string& prefix) const;

  /// The smallest ratio of squared distance to spread, one per row. rows: out.size() x width.
  void energies(std::span<const double> rows, std::span<double> out) const;
  /// Each value's contribution to that ratio for one row, less what is normal for it (contributions.h).
  void add_contributions(std::span<const double> row, std::span<double> out) const;

  const std::vector<double>& rows() const { return rows_; }      ///< kept x width
  const std::vector<double>& spread() const { return spread_; }  ///< kept; > 0

 private:
  NeighbourMemory(std::vector<double> rows, std::vector<double> spread, int width);
  std::vector<double> normal_differences(std::size_t self) const;

  std::vector<double> rows_, spread_;
  std::size_t width_;
  std::shared_ptr<const nn::RowProduct> packed_;  // the rows again, interleaved for the kernels
};

}  // namespace auscult
