#include "auscult/model/controls.h"

#include <algorithm>
#include <string>
#include <utility>

#include <torch/torch.h>

#include "dagmm.h"
#include "mixture.h"
#include "table_tensor.h"

namespace auscult {
namespace {

constexpr std::int64_t kChunk = 1024;

torch::Tensor thinned(const torch::Tensor& x, std::int64_t most) {
  if (x.size(0) <= most) return x;
  const auto index = torch::arange(most, torch::kInt64).mul(x.size(0)).div(most, "floor");
  return x.index_select(0, index);
}

void copy_to(const torch::Tensor& from, std::vector<ControlScores>& to, std::size_t begin, double ControlScores::*field) {
  const auto flat = from.contiguous();
  const double* values = flat.data_ptr<double>();
  for (std::int64_t i = 0; i < flat.numel(); ++i) to[begin + static_cast<std::size_t>(i)].*field = values[i];
}

}  // namespace

struct FeatureControls::State {
  torch::Tensor mean, scale;  // (1, width)
  torch::Tensor whitening;
  Mixture mixture;
  torch::Tensor lower;
  torch::Tensor neighbours, neighbour_norms;
};

Result<FeatureControls> FeatureControls::fit(const FeatureMatrix& rows, const ControlOptions& options, std::uint64_t seed) {
  if (rows.rows() < std::max(2, options.components))
    return fail(ErrorCode::not_enough_data, "there are only " + std::to_string(rows.rows()) + " rows to fit the controls to");
  const TorchThreads one_thread(1);
  torch::NoGradGuard no_grad;
  auto state = std::make_shared<State>();
  auto x = table_tensor(rows);
  state->mean = x.mean(0, true);
  state->scale = x.std(0, /*unbiased=*/false, /*keepdim=*/true).clamp_min(options.smallest_scale);
  x = (x - state->mean) / state->scale;
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(x));
  state->whitening = whitening.matrix;

  const auto part = thinned(x, options.gmm_rows);
  MixtureStatistics statistics(options.components, x.size(1));
  statistics.add(part, kmeans_responsibilities(part, options.components, seed));
  AUSCULT_TRY_ASSIGN(const EmResult em, expectation_maximisation(part, statistics.moments(options.ridge), options.em_steps, options.ridge));
  state->mixture = em.mixture;
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(em.mixture.sigma, options.ridge));
  state->lower = factors.lower;

  state->neighbours = thinned(x, options.knn_rows).contiguous();
  state->neighbour_norms = state->neighbours.square().sum(1).unsqueeze(0);
  return FeatureControls(std::move(state));
}

std::vector<ControlScores> FeatureControls::scores(const FeatureMatrix& rows) const {
  const TorchThreads one_thread(1);
  torch::NoGradGuard no_grad;
  const State& s = *state_;
  std::vector<ControlScores> scores(static_cast<std::size_t>(rows.rows()));
  for (std::int64_t begin = 0; begin < rows.rows(); begin += kChunk) {
    const auto x = (table_tensor(rows, begin, std::min(begin + kChunk, rows.rows())) - s.mean) / s.scale;
    const auto at = static_cast<std::size_t>(begin);
    copy_to(x.square().mean(1), scores, at, &ControlScores::template_distance);
    copy_to(x.matmul(s.whitening.t()).square().mean(1), scores, at, &ControlScores::mahalanobis);
    copy_to(sample_energy(x, s.mixture.phi, s.mixture.mu, s.lower), scores, at, &ControlScores::gmm);
    const auto squares = x.square().sum(1, true) + s.neighbour_norms - 2.0 * x.matmul(s.neighbours.t());
    copy_to(std::get<0>(squares.min(1)).clamp_min(0.0).sqrt(), scores, at, &ControlScores::knn1);
  }
  return scores;
}

}  // namespace auscult
