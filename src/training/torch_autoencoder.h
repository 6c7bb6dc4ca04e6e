// The gradient of a dense network's reconstruction error, written out: without a graph to record, and with buffers that
// are allocated once. Where the mixture does not shape the code, this is the whole objective. Internal to the library
// (libtorch). Thread rule: an object belongs to one thread.
#pragma once

#include <vector>

#include <torch/torch.h>

#include "torch_network.h"

namespace auscult {

/// Whether the objective is the reconstruction error of a dense network alone.
bool only_reconstructs(const DagmmConfig& config);

class ReconstructionGradient {
 public:
  /// Precondition: only_reconstructs(). The network must outlive it.
  explicit ReconstructionGradient(const TrainableNetwork& network) : network_(network) {}

  /// The mean over rows of |input - f(corrupted)|^2, both in the network's metric. Adds nothing to the gradients of
  /// encoder and decoder, which must be defined, but overwrites them.
  double differentiate(const torch::Tensor& input, const torch::Tensor& corrupted);

 private:
  struct Layer {
    const LinearLayer* parameters;
    bool activated;
    torch::Tensor output, slope;  // of the current batch: values, and the objective's gradient with respect to them
  };
  void lay_out(const torch::Tensor& input);
  void activate_in_place(torch::Tensor& values) const;
  void through_activation(torch::Tensor& slope, const torch::Tensor& values) const;

  const TrainableNetwork& network_;
  std::vector<Layer> layers_;
};

}  // namespace auscult
