#include "model/controls.h"

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "control_state.h"
#include "dagmm.h"
#include "mixture.h"
#include "table_tensor.h"

namespace auscult {
namespace {

constexpr std::int64_t kChunk = 1024;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

torch::Tensor thinned(const torch::Tensor& x, std::int64_t most) {
  if (x.size(0) <= most) return x;
  const auto index = torch::arange(most, torch::kInt64).mul(x.size(0)).div(most, "floor");
  return x.index_select(0, index);
}

void copy_to(const torch::Tensor& from, std::span<ControlEnergies> to, double ControlEnergies::*field) {
  const auto flat = from.contiguous();
  const double* values = flat.data_ptr<double>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].*field = values[i];
}

// x: standardised, as many rows as `out` has places.
void evaluate(const ControlState& s, const torch::Tensor& x, std::span<ControlEnergies> out) {
  std::fill(out.begin(), out.end(), ControlEnergies{kNone, kNone, kNone, kNone});
  copy_to(x.square().mean(1), out, &ControlEnergies::template_distance);
  if (s.whitening.defined()) copy_to(x.matmul(s.whitening.t()).square().mean(1), out, &ControlEnergies::mahalanobis);
  if (s.lower.defined()) copy_to(sample_energy(x, s.phi, s.mu, s.lower), out, &ControlEnergies::gmm);
  if (!s.rows.defined()) return;
  const auto squares = x.square().sum(1, true) + s.row_norms - 2.0 * x.matmul(s.rows.t());
  copy_to(std::get<0>(squares.min(1)).clamp_min(0.0).sqrt(), out, &ControlEnergies::knn1);
}

// x: standardised training rows.
Status learn(ControlState& state, const torch::Tensor& x, const ControlOptions& options, std::uint64_t seed) {
  if (x.size(0) < std::max(2, options.components))
    return fail(ErrorCode::not_enough_data, "there are only " + std::to_string(x.size(0)) + " rows to fit the controls to");
  AUSCULT_TRY_ASSIGN(const Whitening whitening, shrunk_whitening(x));
  state.whitening = whitening.matrix;

  const auto part = thinned(x, options.gmm_rows);
  MixtureStatistics statistics(options.components, x.size(1));
  statistics.add(part, kmeans_responsibilities(part, options.components, seed));
  AUSCULT_TRY_ASSIGN(const EmResult em, expectation_maximisation(part, statistics.moments(options.ridge), options.em_steps, options.ridge));
  AUSCULT_TRY_ASSIGN(const Factorised factors, factorise(em.mixture.sigma, options.ridge));
  state.phi = em.mixture.phi;
  state.mu = em.mixture.mu;
  state.lower = factors.lower;

  state.rows = thinned(x, options.knn_rows).contiguous();
  state.row_norms = state.rows.square().sum(1).unsqueeze(0);
  return {};
}

}  // namespace

Result<FeatureControls> FeatureControls::fit(const FeatureMatrix& rows, const ControlOptions& options, std::uint64_t seed) {
  const TorchThreads one_thread(1);
  torch::NoGradGuard no_grad;
  auto state = std::make_shared<ControlState>();
  const auto x = table_tensor(rows);
  state->mean = x.mean(0, true);
  state->scale = x.std(0, /*unbiased=*/false, /*keepdim=*/true).clamp_min(options.smallest_scale);
  AUSCULT_TRY(learn(*state, (x - state->mean) / state->scale, options, seed));
  return FeatureControls(std::move(state));
}

std::vector<ControlEnergies> FeatureControls::scores(const FeatureMatrix& rows) const {
  const TorchThreads one_thread(1);
  torch::NoGradGuard no_grad;
  std::vector<ControlEnergies> scores(static_cast<std::size_t>(rows.rows()));
  for (std::int64_t begin = 0; begin < rows.rows(); begin += kChunk) {
    const std::int64_t end = std::min(begin + kChunk, rows.rows());
    const auto x = (table_tensor(rows, begin, end) - state_->mean) / state_->scale;
    evaluate(*state_, x, std::span(scores).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  }
  return scores;
}

void FeatureControls::energies(std::span<const double> block, std::span<ControlEnergies> out) const {
  torch::NoGradGuard no_grad;
  auto x = torch::empty({kBlockRows, static_cast<std::int64_t>(block.size()) / kBlockRows}, torch::kFloat64);
  std::copy(block.begin(), block.end(), x.data_ptr<double>());
  evaluate(*state_, x, out.first(kBlockRows));
}

std::size_t control_detector(const Preset& preset) {
  const auto merit = [&](const DetectorConfig& d) {
    return std::tuple(input_width(d, preset.frontend) <= kWidestControls, d.input == Representation::summary, d.window);
  };
  std::size_t best = 0;
  for (std::size_t d = 1; d < preset.detectors.size(); ++d)
    if (merit(preset.detectors[d]) > merit(preset.detectors[best])) best = d;
  return best;
}

Status fit_controls(Detector& detector, const FeatureMatrix& rows, std::uint64_t seed) {
  if (rows.width > kWidestControls) return {};
  const TorchThreads one_thread(1);
  torch::NoGradGuard no_grad;
  auto x = table_tensor(rows);
  const auto row_of = [](const std::vector<double>& values) { return torch::tensor(values, torch::kFloat64).unsqueeze(0); };
  x = (x - row_of(detector.mean)) / row_of(detector.scale);
  auto state = std::make_shared<ControlState>();
  AUSCULT_TRY(learn(*state, x, kModelControls, seed));
  detector.controls = std::make_shared<const FeatureControls>(std::move(state));
  return {};
}

}  // namespace auscult
