#include "row_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>

namespace auscult::nn {
namespace {

constexpr std::int64_t kLanes = 8;
constexpr std::array<double, kLanes> kNoBias{};

// GCC's and clang's vector extension. Every width does the same operations on each lane.
template <int kWidth>
struct Simd {
  using Doubles [[gnu::vector_size(kWidth * 8)]] = double;
  using Integers [[gnu::vector_size(kWidth * 8)]] = std::int64_t;
  static constexpr int kParts = static_cast<int>(kLanes) / kWidth;  // registers that eight lanes take
};

template <class Vector>
[[gnu::always_inline]] inline void load(Vector& to, const double* from) {
  std::memcpy(&to, from, sizeof to);
}

template <class Vector>
[[gnu::always_inline]] inline void store(double* to, const Vector& from) {
  std::memcpy(to, &from, sizeof from);
}

struct Panel {
  const double* weights;  // depth x kLanes
  std::int64_t depth;
  const double* bias;  // kLanes
  std::int64_t lanes;  // that are outputs; the others are padding
};

struct Rows {
  const double* x;
  std::int64_t x_stride;
  double* y;
  std::int64_t y_stride;
};

struct Product {
  template <class Vector>
  [[gnu::always_inline]] static inline void add(Vector& sum, const Vector& weight, double x) {
    sum += weight * x;
  }
};

struct SquaredDifference {
  template <class Vector>
  [[gnu::always_inline]] static inline void add(Vector& sum, const Vector& weight, double x) {
    const Vector difference = weight - x;
    sum += difference * difference;
  }
};

template <class Term, int kWidth, int kRows>
[[gnu::always_inline]] inline void sum_tile(const Panel& panel, const Rows& rows) {
  constexpr int kParts = Simd<kWidth>::kParts;
  typename Simd<kWidth>::Doubles sums[kRows][kParts], weights[kParts];
  for (int r = 0; r < kRows; ++r)
    for (std::ptrdiff_t part = 0; part < kParts; ++part) load(sums[r][part], panel.bias + part * kWidth);
  for (std::int64_t i = 0; i < panel.depth; ++i) {
    for (std::ptrdiff_t part = 0; part < kParts; ++part)
      load(weights[part], panel.weights + i * kLanes + part * kWidth);
    for (int r = 0; r < kRows; ++r) {
      const double x = rows.x[r * rows.x_stride + i];
      for (std::ptrdiff_t part = 0; part < kParts; ++part) Term::add(sums[r][part], weights[part], x);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    std::array<double, kLanes> out;
    for (std::ptrdiff_t part = 0; part < kParts; ++part) store(out.data() + part * kWidth, sums[r][part]);
    std::copy_n(out.begin(), panel.lanes, rows.y + r * rows.y_stride);
  }
}

// Several rows at a time share the loads of the weights; a row's own sums are the same in every tile.
template <class Term, int kWidth, int kRows>
[[gnu::always_inline]] inline void sum_rows(const Panel& panel, Rows rows, std::int64_t count) {
  for (; count >= kRows; count -= kRows) {
    sum_tile<Term, kWidth, kRows>(panel, rows);
    rows.x += kRows * rows.x_stride;
    rows.y += kRows * rows.y_stride;
  }
  for (; count > 0; --count) {
    sum_tile<Term, kWidth, 1>(panel, rows);
    rows.x += rows.x_stride;
    rows.y += rows.y_stride;
  }
}

template <int kWidth>
struct Exponential {
  typename Simd<kWidth>::Doubles power;  // 2^n
  typename Simd<kWidth>::Doubles rest;   // exp(x) = power * (1 + rest)
};

// Cody and Waite's reduction x = n log(2) + r, |r| <= log(2) / 2, and exp(r) - 1 by Taylor's series, whose remainder
// after the 14th power is below 2^-58. |x| at most 708.
template <int kWidth>
[[gnu::always_inline]] inline void reduce(const typename Simd<kWidth>::Doubles& x, Exponential<kWidth>& result) {
  constexpr double kRound = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  constexpr double kLogTwoHigh = 0x1.62e42fee00000p-1, kLogTwoLow = 0x1.a39ef35793c76p-33;
  constexpr double kInverseFactorials[] = {1.0 / 87178291200.0,
                                           1.0 / 6227020800.0,
                                           1.0 / 479001600.0,
                                           1.0 / 39916800.0,
                                           1.0 / 3628800.0,
                                           1.0 / 362880.0,
                                           1.0 / 40320.0,
                                           1.0 / 5040.0,
                                           1.0 / 720.0,
                                           1.0 / 120.0,
                                           1.0 / 24.0,
                                           1.0 / 6.0,
                                           0.5};
  const auto shifted = x * 1.4426950408889634074 + kRound;
  const auto n = shifted - kRound;
  const auto r = (x - n * kLogTwoHigh) - n * kLogTwoLow;
  auto series = r * kInverseFactorials[0] + kInverseFactorials[1];
  for (std::size_t i = 2; i < std::size(kInverseFactorials); ++i) series = series * r + kInverseFactorials[i];
  result.rest = series * r * r + r;
  typename Simd<kWidth>::Integers bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 52) + 0x3FF0000000000000;
  std::memcpy(&result.power, &bits, sizeof bits);
}

struct ExponentialOf {
  template <int kWidth>
  [[gnu::always_inline]] static inline void block(double* values) {
    using Vector = typename Simd<kWidth>::Doubles;
    Vector x;
    load(x, values);
    x = x < -708.0 ? Vector{} - 708.0 : x;
    x = x > 708.0 ? Vector{} + 708.0 : x;
    Exponential<kWidth> e;
    reduce<kWidth>(x, e);
    store<Vector>(values, e.power * e.rest + e.power);
  }
};

// tanh(x) = expm1(2x) / (expm1(2x) + 2), which loses no precision near zero.
struct TangentOf {
  template <int kWidth>
  [[gnu::always_inline]] static inline void block(double* values) {
    using Vector = typename Simd<kWidth>::Doubles;
    Vector x;
    load(x, values);
    Vector twice = x < 0.0 ? x * -2.0 : x * 2.0;
    twice = twice > 44.0 ? Vector{} + 44.0 : twice;
    Exponential<kWidth> e;
    reduce<kWidth>(twice, e);
    const Vector less_one = e.power * e.rest + (e.power - 1.0);
    const Vector magnitude = less_one / (less_one + 2.0);
    store<Vector>(values, x < 0.0 ? -magnitude : magnitude);
  }
};

template <class Function, int kWidth>
[[gnu::always_inline]] inline void for_each_block(double* values, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Function::template block<kWidth>(values + i);
  if (i == count) return;
  std::array<double, kWidth> last{};
  std::copy(values + i, values + count, last.begin());
  Function::template block<kWidth>(last.data());
  std::copy_n(last.begin(), count - i, values + i);
}

struct Kernels {
  void (*products)(const Panel&, const Rows&, std::int64_t);
  void (*distances)(const Panel&, const Rows&, std::int64_t);
  void (*exponential)(double*, std::int64_t);
  void (*tangent)(double*, std::int64_t);
};

constexpr Kernels kBaseline = {
    [](const Panel& panel, const Rows& rows, std::int64_t count) { sum_rows<Product, 2, 2>(panel, rows, count); },
    [](const Panel& panel, const Rows& rows, std::int64_t count) {
      sum_rows<SquaredDifference, 2, 2>(panel, rows, count);
    },
    [](double* values, std::int64_t count) { for_each_block<ExponentialOf, 2>(values, count); },
    [](double* values, std::int64_t count) { for_each_block<TangentOf, 2>(values, count); },
};

#if defined(__x86_64__)
// The same functions for wider registers. No fused multiply-add: the build forbids contraction, so all give the same
// bits.
[[gnu::target("avx2")]] void products_avx2(const Panel& panel, const Rows& rows, std::int64_t count) {
  sum_rows<Product, 4, 4>(panel, rows, count);
}
[[gnu::target("avx2")]] void distances_avx2(const Panel& panel, const Rows& rows, std::int64_t count) {
  sum_rows<SquaredDifference, 4, 4>(panel, rows, count);
}
[[gnu::target("avx2")]] void exponential_avx2(double* values, std::int64_t count) {
  for_each_block<ExponentialOf, 4>(values, count);
}
[[gnu::target("avx2")]] void tangent_avx2(double* values, std::int64_t count) {
  for_each_block<TangentOf, 4>(values, count);
}
[[gnu::target("avx512f,avx512dq")]] void products_avx512(const Panel& panel, const Rows& rows, std::int64_t count) {
  sum_rows<Product, 8, 8>(panel, rows, count);
}
[[gnu::target("avx512f,avx512dq")]] void distances_avx512(const Panel& panel, const Rows& rows, std::int64_t count) {
  sum_rows<SquaredDifference, 8, 8>(panel, rows, count);
}
[[gnu::target("avx512f,avx512dq")]] void exponential_avx512(double* values, std::int64_t count) {
  for_each_block<ExponentialOf, 8>(values, count);
}
[[gnu::target("avx512f,avx512dq")]] void tangent_avx512(double* values, std::int64_t count) {
  for_each_block<TangentOf, 8>(values, count);
}
#endif

bool cpu_has(VectorWidth width) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (width == VectorWidth::avx512) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
  if (width == VectorWidth::avx2) return __builtin_cpu_supports("avx2");
#endif
  return width == VectorWidth::baseline;
}

Kernels kernels_of(VectorWidth width) {
#if defined(__x86_64__)
  if (width == VectorWidth::avx512) return {products_avx512, distances_avx512, exponential_avx512, tangent_avx512};
  if (width == VectorWidth::avx2) return {products_avx2, distances_avx2, exponential_avx2, tangent_avx2};
#endif
  static_cast<void>(width);
  return kBaseline;
}

Kernels& kernels() {
  static Kernels chosen = kernels_of(cpu_has(VectorWidth::avx512) ? VectorWidth::avx512
                                     : cpu_has(VectorWidth::avx2) ? VectorWidth::avx2
                                                                  : VectorWidth::baseline);
  return chosen;
}

std::int64_t rows_of(std::span<const double> x, std::int64_t width) {
  return width > 0 ? static_cast<std::int64_t>(x.size()) / width : 0;
}

}  // namespace

bool use_vector_width(VectorWidth width) {
  if (!cpu_has(width)) return false;
  kernels() = kernels_of(width);
  return true;
}

RowProduct::RowProduct(std::int64_t outputs, std::int64_t inputs, std::span<const double> weights,
                       std::span<const double> bias, Zeros zeros)
    : outputs_(outputs), inputs_(inputs), has_bias_(!bias.empty()) {
  for (std::int64_t first = 0; first < outputs; first += kLanes) {
    const std::int64_t lanes = std::min(kLanes, outputs - first);
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
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        weights_.push_back(lane < lanes ? weights[static_cast<std::size_t>((first + lane) * inputs + i)] : 0.0);
  }
  bias_.assign(panels_.size() * static_cast<std::size_t>(kLanes), 0.0);
  std::copy(bias.begin(), bias.end(), bias_.begin());
}

template <class Kernel>
void RowProduct::for_each_panel(Kernel kernel, std::span<const double> x, const double* bias,
                                std::span<double> y) const {
  const std::int64_t rows = rows_of(x, inputs_);
  std::int64_t first = 0;
  for (const Span& span : panels_) {
    const Panel panel{weights_.data() + span.offset, span.depth(), bias ? bias + first : kNoBias.data(),
                      std::min(kLanes, outputs_ - first)};
    kernel(panel, {x.data() + span.begin, inputs_, y.data() + first, outputs_}, rows);
    first += kLanes;
  }
}

void RowProduct::apply(std::span<const double> x, std::span<double> y) const {
  for_each_panel(kernels().products, x, bias_.data(), y);
}

void RowProduct::squared_distances(std::span<const double> x, std::span<double> y) const {
  for_each_panel(kernels().distances, x, nullptr, y);
}

// x_i is a sum over eight interleaved outputs, panel by panel, then over these eight partial sums in order.
void RowProduct::apply_transposed(std::span<const double> y, std::span<double> x) const {
  const std::int64_t rows = rows_of(y, outputs_);
  std::vector<double> padded(panels_.size() * static_cast<std::size_t>(kLanes), 0.0);
  std::vector<double> sums(static_cast<std::size_t>(inputs_ * kLanes));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(y.begin() + row * outputs_, outputs_, padded.begin());
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t p = 0; p < panels_.size(); ++p) {
      const double* gradient = padded.data() + p * static_cast<std::size_t>(kLanes);
      const double* weights = weights_.data() + panels_[p].offset;
      double* partial = sums.data() + panels_[p].begin * kLanes;
      for (std::int64_t i = 0; i < panels_[p].depth() * kLanes; ++i) partial[i] += weights[i] * gradient[i % kLanes];
    }
    for (std::int64_t i = 0; i < inputs_; ++i) {
      double total = 0.0;
      for (std::int64_t lane = 0; lane < kLanes; ++lane) total += sums[static_cast<std::size_t>(i * kLanes + lane)];
      x[static_cast<std::size_t>(row * inputs_ + i)] = total;
    }
  }
}

std::vector<double> RowProduct::weights() const {
  std::vector<double> weights(static_cast<std::size_t>(outputs_ * inputs_), 0.0);
  for (std::int64_t o = 0; o < outputs_; ++o) {
    const Span& panel = panels_[static_cast<std::size_t>(o / kLanes)];
    for (std::int64_t i = panel.begin; i < panel.end; ++i)
      weights[static_cast<std::size_t>(o * inputs_ + i)] =
          weights_[panel.offset + static_cast<std::size_t>((i - panel.begin) * kLanes + o % kLanes)];
  }
  return weights;
}

void exponential(std::span<double> values) {
  kernels().exponential(values.data(), static_cast<std::int64_t>(values.size()));
}

void hyperbolic_tangent(std::span<double> values) {
  kernels().tangent(values.data(), static_cast<std::int64_t>(values.size()));
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
