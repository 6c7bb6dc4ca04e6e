// Trainings on tables of numbers, as reported in the DAGMM paper: the network on raw rows, and the paper's ablations.
// For measurements (bench/paper); audio uses train_detector(). Thread rule: runs on the calling thread, one object per
// thread; the same input and seed give the same numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "model/dagmm.h"
#include "training/trainer.h"

namespace auscult {

/// The paper's variants (section 4.3): DAGMM without one of its parts.
enum class Ablation {
  gmm_en,  ///< no reconstruction term: only the energy shapes the code; energy
  pae,  ///< autoencoder, pre-trained layer by layer as denoising autoencoders, then trained as a whole; reconstruction
        ///< error
  e2e_ae,      ///< autoencoder trained end to end from random weights; reconstruction error
  pae_gmm_em,  ///< the code of pae, then a mixture by EM; energy
  pae_gmm,     ///< the code of pae, then only the estimation network; energy
  dagmm_p,     ///< pae, then the whole DAGMM fine-tuned; energy
};
inline constexpr Ablation kAblations[] = {Ablation::gmm_en,     Ablation::pae,     Ablation::e2e_ae,
                                          Ablation::pae_gmm_em, Ablation::pae_gmm, Ablation::dagmm_p};
/// "gmm-en", "pae", ...
const char* to_string(Ablation ablation);

/// A network with the paper's objective, including its held-out stop, and the same network without gradient steps.
struct TrainedMember {
  std::shared_ptr<const Dagmm> trained, untrained;
  /// Of MemberTask::cross_fitted: energies as of vectors that the densities were not fitted to.
  std::vector<Energies> cross_fitted, untrained_cross_fitted;
};
/// `total_steps`: of all networks, for progress. Errors: training_diverged, canceled.
Result<TrainedMember> train_on_table(const DagmmConfig& config, const FeatureMatrix& train, std::uint64_t seed,
                                     std::int64_t total_steps, const JobControl& control, TrainingReport& report);
/// Gradient steps of one such training: the configuration's epochs, limited by max_steps, times the batches in an
/// epoch.
std::int64_t gradient_steps(const DagmmConfig& config, std::int64_t rows);
/// SplitMix64: neighboring seeds give unrelated streams.
std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t stream);

/// The scores of an ablation: energies of a model, or reconstruction errors of the test rows.
struct AblationScores {
  std::shared_ptr<const Dagmm> model;
  std::vector<double> reconstruction_errors;
};

/// One run of the ablations; the pre-trained autoencoder is computed once, when first needed. The control must outlive
/// it.
class AblationRun {
 public:
  AblationRun(const DagmmConfig& config, const FeatureMatrix& train, std::uint64_t seed, const JobControl& control);
  ~AblationRun();
  AblationRun(const AblationRun&) = delete;
  AblationRun& operator=(const AblationRun&) = delete;
  /// Errors: training_diverged, canceled.
  Result<AblationScores> train(Ablation ablation, const FeatureMatrix& test);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
