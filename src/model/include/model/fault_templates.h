// Models of faults in a feature vector: a band of neighboring mel bins gets louder (permanently or briefly) or less
// steady. Many widths and positions, all equally likely; not based on recordings of faults. Thread rule: values.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/preset.h"

namespace auscult {

/// Templates in units of the standardized feature vector. The vector consists of `blocks` (a stacked frame, or a
/// statistic) of `bins` values. For `frames` a band is louder in one of them or in all; for `summary` it has a larger
/// mean, or larger changes between neighboring frames. Ordered by band, then by block, the template across all blocks
/// last.
struct FaultTemplates {
  int width = 0, bins = 0,
      blocks = 0;  ///< width: of the feature vector; values beyond bins x blocks are in no template
  bool across_blocks = false;
  std::vector<double> bands;  ///< bands x bins

  bool empty() const { return bands.empty(); }
  std::size_t count() const;
  /// Template `t` as a feature vector.
  std::vector<double> row(std::size_t t) const;
  /// Adds weight times template `t` to a feature vector.
  void add(std::size_t t, double weight, std::span<double> vector) const;
};

/// `width` is the detector's input width.
FaultTemplates fault_templates(const DetectorConfig& detector, int width);
/// All of them as rows, count x width.
std::vector<double> rows_of(const FaultTemplates& templates);

}  // namespace auscult
