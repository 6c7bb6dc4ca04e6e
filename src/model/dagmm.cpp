#include "model/dagmm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Dense>

#include "gaussian_mixture.h"
#include "model/network_shapes.h"
#include "network.h"
#include "residual_density.h"
#include "single_contrast.h"

namespace auscult {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// L^-1 of a lower triangular matrix with a positive diagonal.
std::vector<double> inverse_of_lower(const std::vector<double>& lower, int width) {
  std::vector<double> inverse(lower.size());
  const Eigen::Map<const RowMajor> from(lower.data(), width, width);
  Eigen::Map<RowMajor> to(inverse.data(), width, width);
  to = from.triangularView<Eigen::Lower>().solve(RowMajor::Identity(width, width));
  to.triangularView<Eigen::StrictlyUpper>().setZero();
  return inverse;
}

bool is_inverse_factor(const std::vector<double>& lower, int width) {
  const Eigen::Map<const RowMajor> matrix(lower.data(), width, width);
  for (int i = 0; i < width; ++i) {
    if (!(matrix(i, i) > 0.0)) return false;
    for (int j = i + 1; j < width; ++j)
      if (matrix(i, j) != 0.0) return false;
  }
  return true;
}

}  // namespace

struct Dagmm::Parts {
  NetworkConfig config;
  std::size_t width = 0;
  nn::Network network;
  nn::GaussianMixture mixture;
  nn::ResidualDensity residual;           // empty without a covariance
  nn::RowProduct residual_whitening;      // from a difference in the network's metric
  nn::SingleContrast single_contrast;     // empty unless the configuration allows single precision
  nn::RowProduct whitening, unwhitening;  // W and its inverse, where the configuration has them
  Parts(NetworkConfig c, int w, nn::Network n)
      : config(std::move(c)), width(static_cast<std::size_t>(w)), network(std::move(n)) {}
};

struct Dagmm::Pass {
  std::vector<double> input;  // in the network's metric
  nn::Network::Pass network;
  std::vector<double> difference;  // input - output
};

Dagmm::Dagmm() = default;
Dagmm::~Dagmm() = default;

Result<std::shared_ptr<const Dagmm>> Dagmm::restore(TensorMap& tensors, const std::string& prefix,
                                                    const DagmmConfig& config, int width,
                                                    const FaultTemplates& templates) {
  AUSCULT_TRY_ASSIGN(nn::Network network, nn::Network::restore(tensors, prefix, config, width));
  auto parts = std::make_unique<Parts>(config.network, width, std::move(network));
  if (config.network.whitened) {
    AUSCULT_TRY_ASSIGN(const std::vector<double> whitening, take_tensor(tensors, prefix + "whitening", {width, width}));
    if (!is_inverse_factor(whitening, width))
      return damaged_model("tensor " + prefix + "whitening is not the inverse of a Cholesky factor");
    parts->whitening = nn::RowProduct(width, width, whitening);
    parts->unwhitening = nn::RowProduct(width, width, inverse_of_lower(whitening, width));
  }
  AUSCULT_TRY_ASSIGN(parts->mixture,
                     nn::GaussianMixture::restore(tensors, prefix + "mixture.", config.network.components,
                                                  nn::z_width(config.network), nn::GaussianMixture::Sigma::kept));
  if (has_covariance(config.network, width)) {
    AUSCULT_TRY_ASSIGN(parts->residual, nn::ResidualDensity::restore(tensors, prefix + "residual.", width, templates));
    parts->residual_whitening = parts->residual.whitening_after(parts->unwhitening);
    if (nn::SingleContrast::fits(config) && !templates.empty())
      parts->single_contrast =
          nn::SingleContrast(parts->network, parts->whitening, parts->residual_whitening, parts->residual);
  }
  std::shared_ptr<Dagmm> model(new Dagmm);
  model->parts_ = std::move(parts);
  return std::shared_ptr<const Dagmm>(std::move(model));
}

void Dagmm::save(TensorMap& tensors, const std::string& prefix) const {
  parts_->network.save(tensors, prefix);
  const auto width = static_cast<std::int64_t>(parts_->width);
  if (parts_->config.whitened) tensors[prefix + "whitening"] = {{width, width}, parts_->whitening.weights()};
  parts_->mixture.save(tensors, prefix + "mixture.");
  if (!parts_->residual.empty()) parts_->residual.save(tensors, prefix + "residual.");
}

Dagmm::Pass Dagmm::pass(std::span<const double> rows) const {
  Pass pass;
  pass.input.assign(rows.begin(), rows.end());
  if (parts_->config.whitened) parts_->whitening.apply(rows, pass.input);
  pass.network = parts_->network.forward(pass.input);
  pass.difference.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) pass.difference[i] = pass.input[i] - pass.network.output[i];
  return pass;
}

std::vector<double> Dagmm::residual(const Pass& passed) const {
  if (!parts_->config.whitened) return passed.difference;
  std::vector<double> residual(passed.difference.size());
  parts_->unwhitening.apply(passed.difference, residual);
  return residual;
}

void Dagmm::energies(std::span<const double> rows, std::span<Energies> out, std::optional<EnergyKind> only) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::fill(out.begin(), out.end(), Energies{kNone, kNone, kNone, kNone});
  const bool single = !parts_->single_contrast.empty();
  if (single && (!only || *only == EnergyKind::contrast)) single_contrasts(rows, out);
  if (single && only == EnergyKind::contrast) return;
  const Pass passed = pass(rows);
  if (only != EnergyKind::contrast) {
    const std::size_t z_width = parts_->mixture.dimensions();
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i].dagmm = parts_->mixture.energy(std::span(passed.network.z).subspan(i * z_width, z_width));
  }
  if (parts_->residual.empty() || only == EnergyKind::dagmm) return;
  std::vector<double> whitened(rows.size());
  parts_->residual_whitening.apply(passed.difference, whitened);
  if (only != EnergyKind::contrast) {
    const std::vector<double> residual = parts_->residual.residual_energies(whitened);
    for (std::size_t i = 0; i < out.size(); ++i) out[i].joint = out[i].dagmm + residual[i];
  }
  if (single || only == EnergyKind::joint) return;
  const std::vector<double> contrast = parts_->residual.contrasts(whitened);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].contrast = contrast[i];
}

void Dagmm::single_contrasts(std::span<const double> rows, std::span<Energies> out) const {
  std::vector<double> contrast(out.size());
  parts_->single_contrast.energies(rows, contrast);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].contrast = contrast[i];
}

std::vector<double> Dagmm::energy_attribution(const Pass& passed, std::span<const double> rows) const {
  const std::size_t z_width = parts_->mixture.dimensions();
  std::vector<double> z_gradient(passed.network.z.size());
  for (std::size_t begin = 0; begin < z_gradient.size(); begin += z_width)
    parts_->mixture.gradient(std::span(passed.network.z).subspan(begin, z_width),
                             std::span(z_gradient).subspan(begin, z_width));
  const std::vector<double> input_gradient = parts_->network.backward(passed.input, passed.network, z_gradient);
  std::vector<double> attribution = input_gradient;
  if (parts_->config.whitened) parts_->whitening.apply_transposed(input_gradient, attribution);
  const std::vector<double> residual_rows = residual(passed);
  for (std::size_t i = 0; i < rows.size(); ++i) attribution[i] *= residual_rows[i];
  return attribution;
}

void Dagmm::contributions(EnergyKind kind, std::span<const double> rows, std::span<double> out) const {
  const Pass passed = pass(rows);
  std::vector<double> found;
  if (kind == EnergyKind::contrast) {
    found = parts_->residual.contrast_attribution(residual(passed));
  } else {
    found = energy_attribution(passed, rows);
    if (kind == EnergyKind::joint) {
      const std::vector<double> added = parts_->residual.residual_attribution(residual(passed));
      for (std::size_t i = 0; i < found.size(); ++i) found[i] += added[i];
    }
  }
  std::copy(found.begin(), found.end(), out.begin());
}

}  // namespace auscult
