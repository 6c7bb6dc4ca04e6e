// What the controls have learned, as tensors, and how a model file keeps it. Internal to the module (libtorch).
// Thread rule: free functions; a state is immutable once made.
#pragma once

#include <memory>
#include <string>

#include <torch/torch.h>

#include "model/controls.h"
#include "safetensors.h"

namespace auscult {

/// All tensors float64, of standardised values. A part that is undefined gives NaN: files of schema 1 hold the whitening only.
struct ControlState {
  torch::Tensor mean, scale;        ///< (1, width); undefined where a detector standardises
  torch::Tensor whitening;          ///< (width, width): L^-1 of the shrunk covariance
  torch::Tensor phi, mu, lower;     ///< (K), (K, width), (K, width, width): the mixture with its covariances' Cholesky factors
  torch::Tensor rows, row_norms;    ///< (N, width), (1, N): training rows and their squared lengths
};

void save_controls(TensorMap& tensors, const std::string& prefix, const ControlState& state);
/// Takes the tensors out of the map: all, the whitening alone, or none (null). Errors: model_damaged (wrong shape, weights that do not sum
/// to 1, a factor that is not lower triangular with a positive diagonal, too many rows).
Result<std::shared_ptr<const FeatureControls>> restore_controls(TensorMap& tensors, const std::string& prefix, int width);

}  // namespace auscult
