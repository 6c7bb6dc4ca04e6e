#include "residual_density.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace auscult::nn {
namespace {

constexpr double kFaultAmplitude = 3.0;
constexpr double kShare = kFaultAmplitude * kFaultAmplitude / (1.0 + kFaultAmplitude * kFaultAmplitude);

double length_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

std::vector<double> transposed(const std::vector<double>& w, std::size_t n) {
  std::vector<double> out(w.size());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) out[i * n + j] = w[j * n + i];
  return out;
}

}  // namespace

Result<ResidualDensity> ResidualDensity::restore(TensorMap& tensors, const std::string& prefix, int width,
                                                 const FaultTemplates& templates) {
  ResidualDensity density;
  AUSCULT_TRY_ASSIGN(density.mean_, take_tensor(tensors, prefix + "mean", {width}));
  AUSCULT_TRY_ASSIGN(const std::vector<double> whitening, take_tensor(tensors, prefix + "whitening", {width, width}));
  AUSCULT_TRY_ASSIGN(const std::vector<double> constant, take_tensor(tensors, prefix + "constant", {1}));
  const auto n = static_cast<std::size_t>(width);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j)
      if (whitening[i * n + j] != 0.0)
        return damaged_model("tensor " + prefix + "whitening is not the inverse of a Cholesky factor");
  density.constant_ = constant.front();
  density.whitening_ = RowProduct(width, width, whitening);
  density.pulling_ = RowProduct(width, width, transposed(whitening, n));
  density.precision_diagonal_.assign(n, 0.0);
  for (std::size_t i = 0; i < whitening.size(); ++i) density.precision_diagonal_[i % n] += whitening[i] * whitening[i];
  if (templates.empty()) return density;
  density.templates_ = templates;
  density.bands_ =
      RowProduct(static_cast<std::int64_t>(templates.bands.size() / static_cast<std::size_t>(templates.bins)),
                 templates.bins, templates.bands);
  std::vector<double> whitened(n);
  for (std::size_t t = 0; t < templates.count(); ++t) {
    density.whitening_.apply(templates.row(t), whitened);
    density.inverse_lengths_.push_back(1.0 / length_of(whitened));
  }
  return density;
}

void ResidualDensity::save(TensorMap& tensors, const std::string& prefix) const {
  const auto width = static_cast<std::int64_t>(mean_.size());
  tensors[prefix + "mean"] = {{width}, mean_};
  tensors[prefix + "whitening"] = {{width, width}, whitening_.weights()};
  tensors[prefix + "constant"] = {{1}, {constant_}};
}

std::vector<double> ResidualDensity::centered(std::span<const double> residuals) const {
  std::vector<double> rows(residuals.begin(), residuals.end());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] -= mean_[i % mean_.size()];
  return rows;
}

std::vector<double> ResidualDensity::precision_times(std::span<const double> whitened) const {
  std::vector<double> pulled(whitened.size());
  pulling_.apply(whitened, pulled);
  return pulled;
}

std::vector<double> ResidualDensity::matches(std::span<const double> pulled) const {
  const auto blocks = static_cast<std::size_t>(templates_.blocks), bands = static_cast<std::size_t>(bands_.outputs());
  const std::size_t width = mean_.size(), used = blocks * static_cast<std::size_t>(templates_.bins),
                    rows = pulled.size() / width, count = templates_.count();
  std::vector<double> block_rows;
  for (std::size_t row = 0; row < rows && used < width; ++row)
    block_rows.insert(block_rows.end(), pulled.begin() + static_cast<std::ptrdiff_t>(row * width),
                      pulled.begin() + static_cast<std::ptrdiff_t>(row * width + used));
  std::vector<double> sums(rows * blocks * bands);
  bands_.apply(used < width ? std::span<const double>(block_rows) : pulled, sums);  // each block is a row of bins
  std::vector<double> found(rows * count);
  for (std::size_t row = 0; row < rows; ++row) {
    const double* of_row = sums.data() + row * blocks * bands;
    std::size_t t = row * count;
    for (std::size_t band = 0; band < bands; ++band) {
      double all = 0.0;
      for (std::size_t block = 0; block < blocks; ++block) {
        all += of_row[block * bands + band];
        found[t++] = of_row[block * bands + band];
      }
      if (templates_.across_blocks) found[t++] = all;
    }
    for (std::size_t i = 0; i < count; ++i)
      found[row * count + i] = std::max(found[row * count + i] * inverse_lengths_[i], 0.0);
  }
  return found;
}

RowProduct ResidualDensity::whitening_after(const RowProduct& u) const {
  const std::size_t n = mean_.size();
  std::vector<double> product = whitening_.weights(), offset(n);
  whitening_.apply(mean_, offset);
  for (double& value : offset) value = -value;
  if (!u.empty()) {
    const std::vector<double> w = std::move(product), from = u.weights();
    product.assign(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k <= i; ++k)
        for (std::size_t j = 0; j <= k; ++j) product[i * n + j] += w[i * n + k] * from[k * n + j];
  }
  return {static_cast<std::int64_t>(n), static_cast<std::int64_t>(n), product, offset};
}

std::vector<double> ResidualDensity::residual_energies(std::span<const double> whitened) const {
  const std::size_t width = mean_.size(), rows = whitened.size() / width;
  std::vector<double> energies;
  for (std::size_t row = 0; row < rows; ++row) {
    double squares = 0.0;
    for (std::size_t i = row * width; i < (row + 1) * width; ++i) squares += whitened[i] * whitened[i];
    energies.push_back(0.5 * squares + constant_);
  }
  return energies;
}

double ResidualDensity::evidence_scale(std::size_t t) const {
  return std::sqrt(0.5 * kShare) * inverse_lengths_[t];
}

std::vector<double> ResidualDensity::contrasts(std::span<const double> whitened) const {
  const std::size_t rows = whitened.size() / mean_.size(), count = templates_.count();
  if (count == 0) return std::vector<double>(rows, 0.0);
  std::vector<double> evidence = matches(precision_times(whitened)), contrasts;
  for (double& match : evidence) match = 0.5 * kShare * match * match;
  for (std::size_t row = 0; row < rows; ++row)
    contrasts.push_back(log_sum_exp(std::span(evidence).subspan(row * count, count)) -
                        std::log(static_cast<double>(count)));
  return contrasts;
}

std::vector<double> ResidualDensity::residual_attribution(std::span<const double> residuals) const {
  const std::vector<double> rows = centered(residuals);
  std::vector<double> whitened(rows.size());
  whitening_.apply(rows, whitened);
  std::vector<double> out = precision_times(whitened);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = 0.5 * (out[i] * out[i] / precision_diagonal_[i % mean_.size()] - 1.0);
  return out;
}

std::vector<double> ResidualDensity::contrast_attribution(std::span<const double> residuals) const {
  const std::size_t width = mean_.size(), count = templates_.count();
  std::vector<double> out(residuals.size(), 0.0);
  if (count == 0) return out;
  const std::vector<double> rows = centered(residuals);
  std::vector<double> whitened(rows.size());
  whitening_.apply(rows, whitened);
  const std::vector<double> pulled = precision_times(whitened), match = matches(pulled);
  for (std::size_t row = 0; row * width < out.size(); ++row) {
    std::vector<double> evidence;
    for (std::size_t t = 0; t < count; ++t)
      evidence.push_back(0.5 * kShare * match[row * count + t] * match[row * count + t]);
    std::vector<double> copy = evidence;
    const double total = log_sum_exp(copy);
    std::vector<double> fault(width, 0.0);
    for (std::size_t t = 0; t < count; ++t) {
      const double weight = std::exp(evidence[t] - total) * kShare * match[row * count + t] * inverse_lengths_[t];
      if (weight == 0.0) continue;
      templates_.add(t, weight, fault);
    }
    for (std::size_t i = 0; i < width; ++i) out[row * width + i] = 0.5 * fault[i] * pulled[row * width + i];
  }
  return out;
}

}  // namespace auscult::nn
