// The DAGMM on tables of numbers, as its paper reports it: networks on rows as they are (scaled by the caller), their
// untrained control, the paper's ablations and the simple controls, all on the same split. For measuring. Thread rule:
// runs on the calling thread; same input and seed, same numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "detect/metrics.h"
#include "model/preset.h"
#include "training/ablation.h"
#include "training/control_fit.h"
#include "training/trainer.h"

namespace auscult {

/// One score for every test row.
struct NamedEnergies {
  std::string name;  ///< dagmm, joint, untrained, untrained-joint, single, an ablation or a control
  std::vector<double> energies;
};

/// Trains `members` networks on `train`, averages their energies, and scores `test`: dagmm and joint, trained and not;
/// of several networks also the first one's E(z) alone, as "single". Errors: usage (a network for sound),
/// not_enough_data, training_diverged, cancelled.
Result<std::vector<NamedEnergies>> table_energies(const DagmmConfig& config, int members, const FeatureMatrix& train,
                                                  const FeatureMatrix& test, std::uint64_t seed,
                                                  const JobControl& control = {}, TrainingReport* report = nullptr);
/// The same from the ablations asked for, in the order of kAblations; what they share is trained once.
Result<std::vector<NamedEnergies>> ablation_energies(std::span<const Ablation> ablations, const DagmmConfig& config,
                                                     const FeatureMatrix& train, const FeatureMatrix& test,
                                                     std::uint64_t seed, const JobControl& control = {});
/// The same from the controls (model/controls.h).
Result<std::vector<NamedEnergies>> control_energies(const ControlOptions& options, const FeatureMatrix& train,
                                                    const FeatureMatrix& test, std::uint64_t seed);

/// The paper's decision: the `fraction` of rows with the highest energies is flagged, without a look at the labels. A
/// rule for these tables only, since it needs all test energies. Rows that tie with the first one not flagged are not
/// flagged.
Confusion confusion_of_top(std::span<const double> energies, std::span<const std::uint8_t> abnormal, double fraction);

}  // namespace auscult
