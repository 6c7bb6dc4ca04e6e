// The trainings of the paper's ablations, on plain tensors. Internal to the library (libtorch). Thread rule: one call,
// one thread.
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "torch_descent.h"

namespace auscult {

/// Layer by layer from the outside, each encoder layer with its mirror in the decoder as a denoising autoencoder of the
/// codes below it (Vincent et al. 2010; 20 % of the inputs zeroed). The layers share the configuration's epochs.
Status pretrain_layers(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                       std::uint64_t seed, const DescentProgress& progress);
/// Trains the whole autoencoder only on its reconstruction error.
Status train_autoencoder(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                         std::uint64_t seed, const DescentProgress& progress);
/// Trains everything only on the energy and covariance terms (GMM-EN).
Status train_without_reconstruction(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                                    std::uint64_t seed, const DescentProgress& progress);
/// Trains only the estimation network, on fixed codes.
Status train_estimation(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                        std::uint64_t seed, const DescentProgress& progress);
/// Trains on the DAGMM's objective, from the current parameters.
Status train_jointly(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                     std::uint64_t seed, const DescentProgress& progress);

/// Squared distance of each row to its reconstruction, (N).
torch::Tensor reconstruction_errors(const NetworkParameters& parameters, const DagmmConfig& config,
                                    const torch::Tensor& x);

}  // namespace auscult
