#include "row_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "simd_kernels.h"

namespace auscult::nn {
namespace {

template <class Scalar>
constexpr std::array<Scalar, kLanes<Scalar>> kNoBias{};

std::int64_t rows_of(std::size_t values, std::int64_t width) {
  return width > 0 ? static_cast<std::int64_t>(values) / width : 0;
}

}  // namespace

template <class Scalar>
BasicRowProduct<Scalar>::BasicRowProduct(std::int64_t outputs, std::int64_t inputs, std::span<const double> weights,
                                         std::span<const double> bias, Zeros zeros)
    : outputs_(outputs), inputs_(inputs), has_bias_(!bias.empty()) {
  for (std::int64_t first = 0; first < outputs; first += kLanes<Scalar>) {
    const std::int64_t lanes = std::min(kLanes<Scalar>, outputs - first);
    const auto all_zero = [&](std::int64_t input) {
      for (std::int64_t lane = 0; lane < lanes; ++lane)
        if (weights[static_cast<std::size_t>((first + lane) * inputs + input)] != 0.0) return false;
      return true;
    };
    Span& panel = panels_.emplace_back(Span{weights_.size(), 0, inputs});
    if (zeros == Zeros::skipped) {
      while (panel.end > 0 && all_zero(panel.end - 1)) --panel.end;
      while (panel.begin < panel.end && all_zero(panel.begin)) ++panel.begin;
    }
    for (std::int64_t i = panel.begin; i < panel.end; ++i)
      for (std::int64_t lane = 0; lane < kLanes<Scalar>; ++lane)
        weights_.push_back(
            lane < lanes ? static_cast<Scalar>(weights[static_cast<std::size_t>((first + lane) * inputs + i)]) : 0);
  }
  bias_.assign(panels_.size() * static_cast<std::size_t>(kLanes<Scalar>), 0);
  std::transform(bias.begin(), bias.end(), bias_.begin(), [](double value) { return static_cast<Scalar>(value); });
}

template <class Scalar>
template <class Kernel>
void BasicRowProduct<Scalar>::for_each_panel(Kernel kernel, std::span<const Scalar> x, const Scalar* bias,
                                             std::span<Scalar> y) const {
  const std::int64_t rows = rows_of(x.size(), inputs_);
  std::int64_t first = 0;
  for (const Span& span : panels_) {
    const Panel<Scalar> panel{weights_.data() + span.offset, span.depth(), bias ? bias + first : kNoBias<Scalar>.data(),
                              std::min(kLanes<Scalar>, outputs_ - first)};
    kernel(panel, {x.data() + span.begin, inputs_, y.data() + first, outputs_}, rows);
    first += kLanes<Scalar>;
  }
}

template <class Scalar>
void BasicRowProduct<Scalar>::apply(std::span<const Scalar> x, std::span<Scalar> y) const {
  for_each_panel(kernels<Scalar>().products, x, bias_.data(), y);
}

template <class Scalar>
void BasicRowProduct<Scalar>::squared_distances(std::span<const Scalar> x, std::span<Scalar> y) const {
  for_each_panel(kernels<Scalar>().distances, x, nullptr, y);
}

// x_i is a sum over interleaved outputs, panel by panel, then over these partial sums in order.
template <class Scalar>
void BasicRowProduct<Scalar>::apply_transposed(std::span<const Scalar> y, std::span<Scalar> x) const {
  const std::int64_t rows = rows_of(y.size(), outputs_);
  std::vector<Scalar> padded(panels_.size() * static_cast<std::size_t>(kLanes<Scalar>), 0);
  std::vector<Scalar> sums(static_cast<std::size_t>(inputs_ * kLanes<Scalar>));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(y.begin() + row * outputs_, outputs_, padded.begin());
    std::fill(sums.begin(), sums.end(), Scalar{0});
    for (std::size_t p = 0; p < panels_.size(); ++p) {
      const Scalar* gradient = padded.data() + p * static_cast<std::size_t>(kLanes<Scalar>);
      const Scalar* weights = weights_.data() + panels_[p].offset;
      Scalar* partial = sums.data() + panels_[p].begin * kLanes<Scalar>;
      for (std::int64_t i = 0; i < panels_[p].depth() * kLanes<Scalar>; ++i)
        partial[i] += weights[i] * gradient[i % kLanes<Scalar>];
    }
    for (std::int64_t i = 0; i < inputs_; ++i) {
      Scalar total = 0;
      for (std::int64_t lane = 0; lane < kLanes<Scalar>; ++lane)
        total += sums[static_cast<std::size_t>(i * kLanes<Scalar> + lane)];
      x[static_cast<std::size_t>(row * inputs_ + i)] = total;
    }
  }
}

template <class Scalar>
std::vector<Scalar> BasicRowProduct<Scalar>::weights() const {
  std::vector<Scalar> weights(static_cast<std::size_t>(outputs_ * inputs_), 0);
  for (std::int64_t o = 0; o < outputs_; ++o) {
    const Span& panel = panels_[static_cast<std::size_t>(o / kLanes<Scalar>)];
    for (std::int64_t i = panel.begin; i < panel.end; ++i)
      weights[static_cast<std::size_t>(o * inputs_ + i)] =
          weights_[panel.offset + static_cast<std::size_t>((i - panel.begin) * kLanes<Scalar> + o % kLanes<Scalar>)];
  }
  return weights;
}

template class BasicRowProduct<double>;
template class BasicRowProduct<float>;

void exponential(std::span<double> values) {
  kernels<double>().exponential(values.data(), static_cast<std::int64_t>(values.size()));
}

void hyperbolic_tangent(std::span<double> values) {
  kernels<double>().tangent(values.data(), static_cast<std::int64_t>(values.size()));
}

void hyperbolic_tangent(std::span<float> values) {
  kernels<float>().tangent(values.data(), static_cast<std::int64_t>(values.size()));
}

double log_sum_exp(std::span<double> values) {
  const double largest = *std::max_element(values.begin(), values.end());
  if (!std::isfinite(largest)) return largest;
  for (double& value : values) value -= largest;
  exponential(values);
  double sum = 0.0;
  for (const double value : values) sum += value;
  return largest + std::log(sum);
}

}  // namespace auscult::nn
