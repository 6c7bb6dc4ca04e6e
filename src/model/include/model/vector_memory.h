// Training vectors that a model keeps, and the distances of other vectors to them, in a partially whitened space
// (model/partial_whitening.h). Thread rule: immutable; const methods from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "model/tensors.h"

namespace auscult {

namespace nn {
template <class Scalar>
class BasicRowProduct;
using RowProduct = BasicRowProduct<double>;
}  // namespace nn

class VectorMemory {
 public:
  /// rows: count x width standardized vectors. metric: width x width, what rows are multiplied with before distances
  /// are taken; empty: nothing.
  VectorMemory(std::vector<double> rows, std::vector<double> metric, int width);
  /// The same memory with more rows after its own.
  VectorMemory with(std::span<const double> rows) const;
  /// Takes rows and metric (if `whitened`) out of the map. Errors: model_damaged.
  static Result<VectorMemory> restore(TensorMap& tensors, const std::string& prefix, int width, bool whitened);
  void save(TensorMap& tensors, const std::string& prefix) const;

  std::size_t size() const { return rows_.size() / width_; }
  const std::vector<double>& rows() const { return rows_; }  ///< size() x width, as they were given
  std::span<const double> row(std::size_t i) const { return std::span(rows_).subspan(i * width_, width_); }
  /// rows x the metric.
  std::vector<double> projected(std::span<const double> rows) const;
  /// Squared distances of each of the rows to all that are kept: rows x size(), row-major.
  std::vector<double> squared_distances(std::span<const double> rows) const;

 private:
  std::vector<double> rows_;
  std::size_t width_;
  std::shared_ptr<const nn::RowProduct> metric_;  // null: the identity
  std::shared_ptr<const nn::RowProduct> packed_;  // the projected rows, interleaved for the kernels
};

/// The numbers of at most `limit` of the rows (count x width), chosen to cover them: first the row nearest to their
/// mean, then always the one that is farthest from all chosen before (Gonzalez, "Clustering to minimize the maximum
/// intercluster distance", 1985). Ascending. All of them if there are no more than `limit`.
std::vector<std::size_t> covering_rows(std::span<const double> rows, int width, std::size_t limit);

/// A memory of covering rows, and their numbers.
struct KeptRows {
  VectorMemory memory;
  std::vector<std::size_t> rows;
};
/// x: rows x width, standardized. They cover in the space of the metric, width x width, or empty.
KeptRows keep_covering_rows(std::span<const double> x, int width, const std::vector<double>& metric, std::size_t limit);

/// The positions of the k smallest values, ascending by value and then by position; all if there are fewer.
std::vector<std::size_t> smallest(std::span<const double> values, std::size_t k);

}  // namespace auscult
