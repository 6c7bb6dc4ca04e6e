// The simple detectors with local density (model/local_density.h): a lever that only the DAGMM had would make for an
// unfair comparison. All compare with the training rows that the controls keep. Thread rule: immutable; const methods
// from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "model/model.h"
#include "model/tensors.h"
#include "model/vector_memory.h"

namespace auscult {

class LocalControls {
 public:
  /// rows: count x width standardized training rows; groups: the recording of each. Neighbors of a training row are
  /// rows of other recordings, because windows of one overlap; if there is one recording only, all others.
  static LocalControls fit(const std::vector<double>& rows, int width, std::span<const std::int32_t> groups);
  /// Takes its tensors out of the map; none if the file has none. rows: as they were given to fit(). Errors:
  /// model_damaged.
  static Result<std::optional<LocalControls>> restore(TensorMap& tensors, const std::string& prefix,
                                                      const std::vector<double>& rows, int width);
  void save(TensorMap& tensors, const std::string& prefix) const;

  /// Sets knn1_local, mahalanobis_local and lof. rows: out.size() x width standardized values.
  void energies(std::span<const double> rows, std::span<ControlEnergies> out) const;

 private:
  // Per kept row, from its nearest rows of other recordings.
  struct Usual {
    std::vector<double> spread;       // mean squared distance to them
    std::vector<double> mahalanobis;  // squared length after whitening, as of a row that the whitening does not know
    std::vector<double> reach;        // distance to the last of them
    std::vector<double> density;      // local reachability density
  };
  LocalControls(const std::vector<double>& rows, std::vector<double> metric, int width, Usual usual);
  double lof(std::span<const double> distances) const;

  int width_;
  std::vector<double> metric_;
  VectorMemory plain_, whitened_;
  Usual usual_;
};

}  // namespace auscult
