// The trainings behind the paper's ablations, on plain tensors. Internal to the library (libtorch).
// Thread rule: one call, one thread.
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "torch_descent.h"

namespace auscult {

/// Layer by layer from the outside, each encoder layer with its mirror in the decoder as a denoising autoencoder of the
/// codes below it (Vincent et al. 2010; 20 % of the inputs zeroed), the configuration's epochs shared between the
/// layers.
Status pretrain_layers(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                       std::uint64_t seed, const DescentProgress& progress);
/// The whole autoencoder by its reconstruction error alone.
Status train_autoencoder(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                         std::uint64_t seed, const DescentProgress& progress);
/// Everything by the energy and covariance terms alone (GMM-EN).
Status train_without_reconstruction(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                                    std::uint64_t seed, const DescentProgress& progress);
/// The estimation network alone, on fixed codes.
Status train_estimation(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                        std::uint64_t seed, const DescentProgress& progress);
/// The DAGMM's own objective, from the parameters as they are.
Status train_jointly(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                     std::uint64_t seed, const DescentProgress& progress);

/// Squared distance of each row to its reconstruction, (N).
torch::Tensor reconstruction_errors(const NetworkParameters& parameters, const DagmmConfig& config,
                                    const torch::Tensor& x);

}  // namespace auscult
