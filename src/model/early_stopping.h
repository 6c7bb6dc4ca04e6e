// Early stopping (Prechelt 1998): where the configuration holds rows out, a descent ends once its objective has stopped
// falling on them, and the parameters go back to where it was lowest. No label is needed: held-out rows are training rows.
// Internal to the module (libtorch). Thread rule: one call, one thread; same input, same bytes.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "descent.h"

namespace auscult {

/// How often the held-out objective is looked at: after every 200th part of the epochs, at least one.
inline constexpr std::int64_t kHeldOutChecks = 200;
/// Patience starts anew only where the objective has fallen by this share of itself: a descent that gains less is not worth
/// its time, and what it still gains is more often the mixture closing in on its largest cluster than a better code.
inline constexpr double kWorthwhileGain = 0.01;

/// descend(); with config.held_out > 0 that share of the rows, drawn by `seed`, takes no part in the steps. `minimise` is
/// asked for their objective without a generator (evaluation mode); after config.patience looks without a worthwhile gain, or
/// once a component has less than config.min_phi of them, the descent ends. The leaves are left at the minimum seen, the starting point included. Errors: as descend().
Status descend_held_out(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise, const DagmmConfig& config, const torch::Tensor& x,
                        std::uint64_t seed, const DescentProgress& progress);

}  // namespace auscult
