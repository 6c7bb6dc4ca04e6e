// The controls' place in a model file; docs/model-file.md describes it.
#include "control_state.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "model/model.h"

namespace auscult {
namespace {

constexpr std::int64_t kMostComponents = 64;
constexpr std::int64_t kMostRows = 20000;

tl::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorCode::model_damaged, "the model file is damaged: " + what, {}, "train again, or restore the file from a copy");
}

void save(TensorMap& tensors, const std::string& name, const torch::Tensor& tensor) {
  if (!tensor.defined()) return;
  const auto flat = tensor.contiguous();
  const double* values = flat.data_ptr<double>();
  tensors[name] = {tensor.sizes().vec(), {values, values + flat.numel()}};
}

torch::Tensor take(TensorMap& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return {};
  auto tensor = torch::empty(found->second.shape, torch::kFloat64);
  std::copy(found->second.values.begin(), found->second.values.end(), tensor.data_ptr<double>());
  tensors.erase(found);
  return tensor;
}

bool has_shape(const torch::Tensor& tensor, const std::vector<std::int64_t>& shape) {
  return tensor.defined() && tensor.sizes().vec() == shape;
}

Status check_mixture(const ControlState& s, const std::string& prefix, std::int64_t width) {
  if (!s.phi.defined() || s.phi.dim() != 1 || s.phi.size(0) < 1 || s.phi.size(0) > kMostComponents) return damaged("tensor " + prefix + "mixture.phi is missing or has the wrong shape");
  const std::int64_t k = s.phi.size(0);
  if (!has_shape(s.mu, {k, width})) return damaged("tensor " + prefix + "mixture.mu is missing or has the wrong shape");
  if (!has_shape(s.lower, {k, width, width})) return damaged("tensor " + prefix + "mixture.cholesky is missing or has the wrong shape");
  if (!(s.phi > 0.0).all().item<bool>() || std::abs(s.phi.sum().item<double>() - 1.0) > 1e-6) return damaged("the weights of " + prefix + "mixture do not sum to 1");
  if (!(s.lower.diagonal(0, -2, -1) > 0.0).all().item<bool>() || !torch::equal(s.lower, s.lower.tril())) return damaged("tensor " + prefix + "mixture.cholesky is no factor of a covariance");
  return {};
}

}  // namespace

void save_controls(TensorMap& tensors, const std::string& prefix, const ControlState& state) {
  save(tensors, prefix + "whitening", state.whitening);
  save(tensors, prefix + "mixture.phi", state.phi);
  save(tensors, prefix + "mixture.mu", state.mu);
  save(tensors, prefix + "mixture.cholesky", state.lower);
  save(tensors, prefix + "rows", state.rows);
}

Result<std::shared_ptr<const FeatureControls>> restore_controls(TensorMap& tensors, const std::string& prefix, int width) {
  auto state = std::make_shared<ControlState>();
  state->whitening = take(tensors, prefix + "whitening");
  state->phi = take(tensors, prefix + "mixture.phi");
  state->mu = take(tensors, prefix + "mixture.mu");
  state->lower = take(tensors, prefix + "mixture.cholesky");
  state->rows = take(tensors, prefix + "rows");
  const bool others = state->phi.defined() || state->mu.defined() || state->lower.defined() || state->rows.defined();
  if (!others && !state->whitening.defined()) return std::shared_ptr<const FeatureControls>();
  if (!has_shape(state->whitening, {width, width})) return damaged("tensor " + prefix + "whitening is missing or has the wrong shape");
  if (others) {
    AUSCULT_TRY(check_mixture(*state, prefix, width));
    const std::int64_t count = state->rows.defined() && state->rows.dim() == 2 ? state->rows.size(0) : 0;
    if (count < 1 || count > kMostRows || state->rows.size(1) != width) return damaged("tensor " + prefix + "rows is missing or has the wrong shape");
    state->row_norms = state->rows.square().sum(1).unsqueeze(0);
  }
  return std::make_shared<const FeatureControls>(std::move(state));
}

}  // namespace auscult
