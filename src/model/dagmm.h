// The DAGMM of Zong et al. (ICLR 2018): compression network, reconstruction features, estimation network and mixture, as
// functions on plain tensors (float64) that training and inference share, and the fixed network that scores.
// Internal to the module (libtorch). Thread rule: a Dagmm is immutable; energies() from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "auscult/error.h"
#include "model/model.h"
#include "convolutional.h"
#include "mixture.h"
#include "safetensors.h"

namespace auscult {

struct LinearLayer {
  torch::Tensor weight;  ///< (outputs, inputs)
  torch::Tensor bias;    ///< (outputs)
};

/// Uniform within +-bound, the same on every platform.
double uniform_weight(double bound, std::mt19937_64& random);

/// What gradient steps change, and the statistics of batch norm.
struct NetworkParameters {
  std::vector<LinearLayer> encoder, decoder, estimation;  ///< encoder and decoder are empty in convolutional networks
  ConvolutionalParameters convolutional;                  ///< encoder and decoder of those; else empty
  torch::Tensor whitening, unwhitening;                   ///< (width, width) W and its inverse, with DagmmConfig::whitened; else undefined; not trained
  /// Uniform in +-1/sqrt(inputs), from `seed` alone; with single_precision rounded to it.
  static NetworkParameters initialised(const DagmmConfig& config, int width, std::uint64_t seed);
  /// What is trained.
  std::vector<torch::Tensor> tensors() const;
  NetworkParameters clone() const;
};

struct Encoded {
  torch::Tensor reconstruction;  ///< x', (N, width)
  torch::Tensor z;               ///< [z_c, z_r], (N, latent + 2), or z_c alone, (N, latent)
};
torch::Tensor activate(const torch::Tensor& x, Activation activation);
/// `training`: batch norm uses the batch's statistics instead of the stored ones.
Encoded encode(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, bool training = false);

/// gamma (N, K). `generator` set: training, with dropout drawn from it; else evaluation, without dropout.
torch::Tensor estimate(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& z,
                       const c10::optional<at::Generator>& generator);

/// The two terms of equation 7 that shape the mixture, not yet weighted. Errors: training_diverged.
struct MixtureTerms {
  torch::Tensor energy;      ///< mean of E(z)
  torch::Tensor covariance;  ///< sum over components of 1 / Sigma_kjj
  int escalations = 0;
  double smallest_phi = 1.0;
};
Result<MixtureTerms> mixture_terms(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& z,
                                   const c10::optional<at::Generator>& generator);

/// J of equation 7, with its parts, for one batch. Errors: training_diverged.
struct Objective {
  torch::Tensor total;
  double reconstruction = 0.0, energy = 0.0, covariance = 0.0;
  int escalations = 0;
  double smallest_phi = 1.0;  ///< weight of the component that has least of the batch
};
Result<Objective> objective(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                            const c10::optional<at::Generator>& generator);
/// The same for a denoising autoencoder: `x` is to be reconstructed from `corrupted`; the mixture is that of x.
Result<Objective> denoising_objective(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x,
                                      const torch::Tensor& corrupted, const c10::optional<at::Generator>& generator);
/// Sets W from the rows of x, where the configuration asks for it. Errors: training_diverged.
Status fix_whitening(NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x);
/// x with the noise and the made-up faults that the configuration asks for, in units of whitened x. templates: (count, width).
torch::Tensor corrupt(const NetworkParameters& parameters, const DagmmConfig& config, const torch::Tensor& x, const torch::Tensor& templates,
                      at::Generator generator);

/// Sets this thread's libtorch thread count, and puts it back on destruction. The setting is per thread.
class TorchThreads {
 public:
  explicit TorchThreads(int count);
  ~TorchThreads();
  TorchThreads(const TorchThreads&) = delete;
  TorchThreads& operator=(const TorchThreads&) = delete;

 private:
  int before_;
};

class Dagmm {
 public:
  /// Fixes the mixture over all of `x` (rows of standardised feature vectors) in evaluation mode, by EM where the
  /// configuration asks for it, and the residual's shrunk Gaussian. Errors: training_diverged.
  /// `templates` (count x width, row-major; may be empty) are the faults that Energies::contrast looks for.
  static Result<std::shared_ptr<const Dagmm>> fit(NetworkParameters parameters, const DagmmConfig& config, const torch::Tensor& x, std::uint64_t seed,
                                                  std::span<const double> templates = {});

  /// block: kBlockRows x width standardised values, row-major. out: kBlockRows, or fewer where the last rows are not meant.
  /// joint and contrast are NaN where has_covariance() is false.
  void energies(std::span<const double> block, std::span<Energies> out) const;

  /// Names relative to `prefix`, as they stand in a model file.
  void save(TensorMap& tensors, const std::string& prefix) const;
  /// Takes its tensors out of the map. Errors: model_damaged (missing, wrong shape, Sigma that does not factorise).
  static Result<std::shared_ptr<const Dagmm>> restore(TensorMap& tensors, const std::string& prefix, const DagmmConfig& config, int width,
                                                      std::span<const double> templates = {});

 private:
  friend class DagmmContributions;  // contributions.cpp reads what an energy is made of
  Dagmm() = default;
  void aim_at(std::span<const double> templates);
  torch::Tensor contrast(const torch::Tensor& whitened_residual) const;
  DagmmConfig config_;
  int width_ = 0;
  NetworkParameters parameters_;
  Mixture mixture_;
  torch::Tensor lower_;
  torch::Tensor residual_mean_, residual_whitening_;
  double residual_constant_ = 0.0;  // log|2 pi R| / 2
  torch::Tensor directions_;        // (width, templates): whitened templates of length 1; undefined without templates
};

}  // namespace auscult
