// The controls' numbers, as tensors of a model file. Free of libtorch's headers. Internal to the library.
#pragma once

#include <cstdint>
#include <span>

#include "model/tensors.h"
#include "training/control_fit.h"

namespace auscult {

/// x: standardized training rows, row-major; groups: as in FeatureMatrix. Errors: not_enough_data, training_diverged.
Result<TensorMap> fit_control_tensors(std::span<const double> x, int width, std::span<const std::int32_t> groups,
                                      const ControlOptions& options, std::uint64_t seed);

}  // namespace auscult
