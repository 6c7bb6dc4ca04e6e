// What a fault may look like in a feature vector: some band of neighbouring mel bins gets louder, steadily, for a moment, or
// more unsteady. Widths and places are many and equally likely; no recording of any fault was looked at.
// Internal to the module. Thread rule: free functions.
#pragma once

#include <vector>

#include "model/preset.h"

namespace auscult {

/// Templates as rows (count x width), row-major, in units of the standardised feature vector. `width` is the detector's input
/// width: for `frames` a band louder in all frames or in one of them; for `summary` a band with a larger mean or with larger
/// changes between neighbouring frames.
std::vector<double> fault_templates(const DetectorConfig& detector, int width);

}  // namespace auscult
