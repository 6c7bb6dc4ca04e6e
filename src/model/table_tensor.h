// Feature vectors as a float64 tensor. Internal to the module (libtorch). Thread rule: free functions.
#pragma once

#include <algorithm>
#include <cstdint>

#include <torch/torch.h>

#include "model/trainer.h"

namespace auscult {

/// Rows [begin, end) as (rows, width).
inline torch::Tensor table_tensor(const FeatureMatrix& rows, std::int64_t begin, std::int64_t end) {
  auto tensor = torch::empty({end - begin, rows.width}, torch::kFloat64);
  std::copy(rows.values.begin() + begin * rows.width, rows.values.begin() + end * rows.width, tensor.data_ptr<double>());
  return tensor;
}

inline torch::Tensor table_tensor(const FeatureMatrix& rows) {
  return table_tensor(rows, 0, rows.rows());
}

}  // namespace auscult
