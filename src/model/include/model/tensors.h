// Tensors by name, as they stand in a model file: how trained numbers reach the classes that score. Taking one out
// checks that it is there and has the shape that the preset calls for. Thread rule: values, free functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

/// Row-major.
struct NamedTensor {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  bool single = false;  ///< F32 in the file: for values that are float32 numbers already
};
using TensorMap = std::map<std::string, NamedTensor>;

/// What is wrong with a model file, with the advice that goes with it.
tl::unexpected<Error> damaged_model(const std::string& what);

/// Takes tensor `name` out of the map. Errors: model_damaged (missing, another shape).
Result<std::vector<double>> take_tensor(TensorMap& tensors, const std::string& name,
                                        const std::vector<std::int64_t>& shape);

}  // namespace auscult
