// The paper's objective, and gradient descent as every training does it: Adam, rows shuffled each epoch, norm clipping,
// a named stop on NaN. What is minimized is the caller's, so that ablations differ from the DAGMM in nothing else.
// Early stopping (Prechelt 1998): where the configuration holds rows out, a descent ends once its objective has stopped
// falling on them, and the parameters go back to where it was lowest. No label is needed: held-out rows are training
// rows. Internal to the library (libtorch). Thread rule: one call, one thread; same input, same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "base/progress.h"
#include "member_training.h"
#include "torch_network.h"
#include "training/trainer.h"

namespace auscult {

/// The two terms of equation 7 that shape the mixture, without weights. Errors: training_diverged.
struct MixtureTerms {
  torch::Tensor energy;      ///< mean of E(z)
  torch::Tensor covariance;  ///< sum over components of 1 / Sigma_kjj
  int escalations = 0;
  double smallest_phi = 1.0;
};
Result<MixtureTerms> mixture_terms(const TrainableNetwork& network, const torch::Tensor& z,
                                   const c10::optional<at::Generator>& generator);

/// J of equation 7, with its parts, for one batch. Errors: training_diverged.
struct Objective {
  torch::Tensor total;
  bool differentiated = false;  ///< the parameters' gradients are already those of `total`
  double reconstruction = 0.0, energy = 0.0, covariance = 0.0;
  int escalations = 0;
  double smallest_phi = 1.0;  ///< of the batch: the weight of the smallest component
};
Result<Objective> objective(const TrainableNetwork& network, const torch::Tensor& x,
                            const c10::optional<at::Generator>& generator);
/// The same for a denoising autoencoder: reconstructs `x` from `corrupted`; the mixture is that of x.
Result<Objective> denoising_objective(const TrainableNetwork& network, const torch::Tensor& x,
                                      const torch::Tensor& corrupted, const c10::optional<at::Generator>& generator);
/// denoising_objective() of rows that are already in the network's metric.
Result<Objective> input_objective(const TrainableNetwork& network, const torch::Tensor& input,
                                  const torch::Tensor& corrupted, const c10::optional<at::Generator>& generator);
std::int64_t batches_per_epoch(std::int64_t rows, int batch_size);
/// The schedule's epochs, limited by max_steps.
std::int64_t epochs_of(const ScheduleConfig& schedule, std::int64_t rows);

/// The value to minimize on one batch of rows; randomness (dropout, corruption) is drawn from the generator. The
/// parameters' gradients are defined and zero when it is called.
using BatchObjective =
    std::function<Result<Objective>(const torch::Tensor& batch, const c10::optional<at::Generator>& generator)>;

/// Progress of a descent: steps are counted in `report` toward total_steps.
struct DescentProgress {
  std::string name;  ///< of what is trained
  std::int64_t total_steps = 0;
  const JobControl& control;
  TrainingReport& report;
};

/// How often the held-out objective is evaluated: after every 200th part of the epochs, at least one.
inline constexpr std::int64_t kHeldOutChecks = 200;
/// Patience starts over only when the objective has fallen by this share: a smaller gain is not worth the time, and
/// more often comes from the mixture closing in on its largest cluster than from a better code.
inline constexpr double kWorthwhileGain = 0.01;

/// Gradient steps by one schedule. The progress must outlive it.
class Descent {
 public:
  Descent(const ScheduleConfig& schedule, std::uint64_t seed, const DescentProgress& progress)
      : schedule_(schedule), seed_(seed), progress_(progress) {}

  /// Steps on `leaves`, in place; with single_precision in float32, and float64 again afterward. Errors:
  /// training_diverged (naming the step), canceled.
  Status run(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise, const torch::Tensor& rows) const;
  /// The same; with held_out > 0 that share of the rows, drawn by the seed, is excluded from the steps. `minimise`
  /// evaluates the objective on it without a generator (evaluation mode). The descent ends after `patience` evaluations
  /// without a worthwhile gain, or when a component has less than min_phi of these rows. The leaves are left at the
  /// minimum seen, the starting point included.
  Status run_held_out(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise,
                      const torch::Tensor& x) const;

 private:
  /// If set, called after each epoch; true ends the descent.
  using StopAfter = std::function<bool(std::int64_t epoch)>;
  Status steps(std::vector<torch::Tensor> leaves, const BatchObjective& minimise, const torch::Tensor& rows,
               const StopAfter& stop_after) const;

  ScheduleConfig schedule_;
  std::uint64_t seed_;
  const DescentProgress& progress_;
};

}  // namespace auscult
