// Tensors by name, as in a model file: the interface between trained numbers and the classes that score. Taking one out
// checks that it exists and has the shape that the preset requires. Thread rule: values, free functions.
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
  bool single = false;  ///< F32 in the file: for values that are already float32 numbers
};
using TensorMap = std::map<std::string, NamedTensor>;

/// A problem with a model file, with a hint.
tl::unexpected<Error> damaged_model(const std::string& what);

/// Takes tensor `name` out of the map. Errors: model_damaged (missing, another shape).
Result<std::vector<double>> take_tensor(TensorMap& tensors, const std::string& name,
                                        const std::vector<std::int64_t>& shape);

}  // namespace auscult
