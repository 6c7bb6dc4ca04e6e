// The trainings of the paper's ablations, on plain tensors. Internal to the library (libtorch). Thread rule: one call,
// one thread.
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "torch_descent.h"

namespace auscult {

/// Trains one network in place, starting from its current parameters. Network and progress must outlive it.
class AblationTraining {
 public:
  AblationTraining(TrainableNetwork& network, torch::Tensor x, std::uint64_t seed, const DescentProgress& progress);

  /// Layer by layer from the outside, each encoder layer with its mirror in the decoder as a denoising autoencoder of
  /// the codes below it (Vincent et al. 2010; 20 % of the inputs zeroed). The layers share the configuration's epochs.
  Status pretrain_layers() const;
  /// Trains the whole autoencoder only on its reconstruction error.
  Status train_autoencoder() const;
  /// Trains everything only on the energy and covariance terms (GMM-EN).
  Status train_without_reconstruction() const;
  /// Trains only the estimation network, on fixed codes.
  Status train_estimation() const;
  /// Trains on the DAGMM's objective.
  Status train_jointly() const;

 private:
  Descent descent() const { return {network_.config.schedule, seed_, progress_}; }

  TrainableNetwork& network_;
  torch::Tensor x_;
  std::uint64_t seed_;
  const DescentProgress& progress_;
};

/// Squared distance of each row to its reconstruction, (N).
torch::Tensor reconstruction_errors(const TrainableNetwork& network, const torch::Tensor& x);

}  // namespace auscult
