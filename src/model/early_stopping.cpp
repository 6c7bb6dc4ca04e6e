#include "early_stopping.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace auscult {
namespace {

// The lowest objective on the held-out rows so far, and the parameters that had it.
class HeldOutMinimum {
 public:
  HeldOutMinimum(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise, torch::Tensor rows, double min_phi)
      : leaves_(leaves), minimise_(minimise), rows_(std::move(rows)), min_phi_(min_phi) {}

  // True where the objective has fallen enough to go on for. One that cannot be computed is no minimum: the descent itself reports such things.
  bool look() {
    torch::NoGradGuard no_grad;
    const auto value = minimise_(rows_.to(leaves_.front().scalar_type()), c10::nullopt);
    collapsed_ = value && value->smallest_phi < min_phi_;
    if (!value || collapsed_ || !(value->total.item<double>() < lowest_)) return false;
    lowest_ = value->total.item<double>();
    best_.clear();
    for (const auto& leaf : leaves_) best_.push_back(leaf.detach().clone());
    const bool worthwhile = !(lowest_ > reference_ - kWorthwhileGain * std::abs(reference_));
    if (worthwhile) reference_ = lowest_;
    return worthwhile;
  }
  // A component has died: what is trained is no longer the mixture that was asked for.
  bool collapsed() const { return collapsed_; }
  void go_back() {
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < best_.size(); ++i) torch::Tensor(leaves_[i]).copy_(best_[i]);
  }

 private:
  const std::vector<torch::Tensor>& leaves_;
  const BatchObjective& minimise_;
  torch::Tensor rows_;
  double min_phi_;
  bool collapsed_ = false;
  double lowest_ = std::numeric_limits<double>::infinity(), reference_ = std::numeric_limits<double>::max();
  std::vector<torch::Tensor> best_;
};

torch::Tensor drawn_order(std::int64_t rows, std::uint64_t seed) {
  auto order = torch::arange(rows, torch::kInt64);
  std::int64_t* at = order.data_ptr<std::int64_t>();
  std::mt19937_64 random(seed);
  for (std::int64_t i = rows - 1; i > 0; --i) std::swap(at[i], at[random() % static_cast<std::uint64_t>(i + 1)]);
  return order;
}

}  // namespace

Status descend_held_out(const std::vector<torch::Tensor>& leaves, const BatchObjective& minimise, const DagmmConfig& config, const torch::Tensor& x,
                        std::uint64_t seed, const DescentProgress& progress) {
  const auto held = static_cast<std::int64_t>(std::lround(config.held_out * static_cast<double>(x.size(0))));
  if (held < 2) return descend(leaves, minimise, config, x, seed, progress);
  const auto order = drawn_order(x.size(0), mix_seed(seed, 5));
  const auto training = x.index_select(0, order.slice(0, held, x.size(0)));
  const std::int64_t interval = std::max<std::int64_t>(1, epochs_of(config, training.size(0)) / kHeldOutChecks);

  HeldOutMinimum minimum(leaves, minimise, x.index_select(0, order.slice(0, 0, held)), config.min_phi);
  minimum.look();
  std::int64_t looks_in_vain = 0;
  DescentProgress watched = progress;
  watched.stop_after = [&](std::int64_t epoch) {
    if ((epoch + 1) % interval != 0) return false;
    looks_in_vain = minimum.look() ? 0 : looks_in_vain + 1;
    return minimum.collapsed() || looks_in_vain >= config.patience;
  };
  AUSCULT_TRY(descend(leaves, minimise, config, training, seed, watched));
  minimum.go_back();
  return {};
}

}  // namespace auscult
