// Local density: an energy is high where normal sound is rare anywhere, also in a rare but normal state of the machine.
// What counts is how far it is above the energies that are usual nearby: those of the nearest training vectors
// (Wilkinghoff et al., "Local density-based anomaly score normalization for domain generalization", 2025; the idea of
// the local outlier factor, Breunig et al. 2000). Thread rule: immutable; const methods from any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auscult/error.h"
#include "model/preset.h"
#include "model/vector_memory.h"

namespace auscult {

/// How Detector::states finds the state of a vector: by the nearest kept one.
inline constexpr LocalConfig kStateSearch{.neighbours = 1};

class LocalDensity {
 public:
  /// energies, untrained: of each kept vector, the detector's energy and that of its untrained networks, as of vectors
  /// that these have not been fitted to. They are finite.
  LocalDensity(VectorMemory memory, std::vector<double> energies, std::vector<double> untrained, int neighbours)
      : memory_(std::move(memory)),
        energies_(std::move(energies)),
        untrained_(std::move(untrained)),
        neighbours_(static_cast<std::size_t>(neighbours)) {}
  /// The same with more vectors (standardized) and their energies, which must be finite.
  LocalDensity with(std::span<const double> rows, std::span<const double> energies,
                    std::span<const double> untrained) const;
  /// Takes its tensors out of the map. Errors: model_damaged.
  static Result<std::shared_ptr<const LocalDensity>> restore(TensorMap& tensors, const std::string& prefix, int width,
                                                             const LocalConfig& config);
  void save(TensorMap& tensors, const std::string& prefix) const;

  /// The mean energy of each row's nearest kept vectors: out.size() rows, standardized.
  void usual(std::span<const double> rows, std::span<double> out) const { mean_near(energies_, rows, out); }
  void usual_untrained(std::span<const double> rows, std::span<double> out) const { mean_near(untrained_, rows, out); }
  /// The energies of the kept vectors, in their order.
  const std::vector<double>& energies() const { return energies_; }
  /// The kept vectors nearest to one row.
  std::vector<std::size_t> nearest(std::span<const double> row) const;
  const VectorMemory& memory() const { return memory_; }

 private:
  void mean_near(std::span<const double> energies, std::span<const double> rows, std::span<double> out) const;

  VectorMemory memory_;
  std::vector<double> energies_, untrained_;
  std::size_t neighbours_;
};

}  // namespace auscult
