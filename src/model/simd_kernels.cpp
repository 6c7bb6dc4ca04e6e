#include "simd_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <type_traits>

#include "row_kernels.h"

namespace auscult::nn {
namespace {

// GCC's and clang's vector extension. Every width does the same operations on each lane.
template <class Scalar, int kBytes>
struct Simd {
  using Values [[gnu::vector_size(kBytes)]] = Scalar;
  using Integer = std::conditional_t<sizeof(Scalar) == 8, std::int64_t, std::int32_t>;
  using Integers [[gnu::vector_size(kBytes)]] = Integer;
  static constexpr int kWidth = kBytes / static_cast<int>(sizeof(Scalar));
  static constexpr int kParts = static_cast<int>(kLanes<Scalar>) / kWidth;  // registers that a panel's lanes take
};

template <class Vector, class Scalar>
[[gnu::always_inline]] inline void load(Vector& to, const Scalar* from) {
  std::memcpy(&to, from, sizeof to);
}

template <class Vector, class Scalar>
[[gnu::always_inline]] inline void store(Scalar* to, const Vector& from) {
  std::memcpy(to, &from, sizeof from);
}

struct Product {
  template <class Vector, class Scalar>
  [[gnu::always_inline]] static inline void add(Vector& sum, const Vector& weight, Scalar x) {
    sum += weight * x;
  }
};

struct SquaredDifference {
  template <class Vector, class Scalar>
  [[gnu::always_inline]] static inline void add(Vector& sum, const Vector& weight, Scalar x) {
    const Vector difference = weight - x;
    sum += difference * difference;
  }
};

template <class Term, class Scalar, int kBytes, int kRows>
[[gnu::always_inline]] inline void sum_tile(const Panel<Scalar>& panel, const Rows<Scalar>& rows) {
  using Vectors = Simd<Scalar, kBytes>;
  constexpr int kParts = Vectors::kParts, kWidth = Vectors::kWidth;
  typename Vectors::Values sums[kRows][kParts], weights[kParts];
  for (int r = 0; r < kRows; ++r)
    for (std::ptrdiff_t part = 0; part < kParts; ++part) load(sums[r][part], panel.bias + part * kWidth);
  for (std::int64_t i = 0; i < panel.depth; ++i) {
    for (std::ptrdiff_t part = 0; part < kParts; ++part)
      load(weights[part], panel.weights + i * kLanes<Scalar> + part * kWidth);
    for (int r = 0; r < kRows; ++r) {
      const Scalar x = rows.x[r * rows.x_stride + i];
      for (std::ptrdiff_t part = 0; part < kParts; ++part) Term::add(sums[r][part], weights[part], x);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    std::array<Scalar, kLanes<Scalar>> out;
    for (std::ptrdiff_t part = 0; part < kParts; ++part) store(out.data() + part * kWidth, sums[r][part]);
    Scalar* to = rows.y + r * rows.y_stride;
    if (panel.lanes == kLanes<Scalar>)
      std::memcpy(to, out.data(), sizeof out);  // of a known size: no call
    else
      std::copy_n(out.begin(), panel.lanes, to);
  }
}

// Several rows at a time share the loads of the weights; a row's own sums are the same in every tile.
template <class Term, int kBytes, int kRows, class Scalar>
[[gnu::always_inline]] inline void sum_rows(const Panel<Scalar>& panel, Rows<Scalar> rows, std::int64_t count) {
  for (; count >= kRows; count -= kRows) {
    sum_tile<Term, Scalar, kBytes, kRows>(panel, rows);
    rows.x += kRows * rows.x_stride;
    rows.y += kRows * rows.y_stride;
  }
  for (; count > 0; --count) {
    sum_tile<Term, Scalar, kBytes, 1>(panel, rows);
    rows.x += rows.x_stride;
    rows.y += rows.y_stride;
  }
}

// Constants of the exponential: Cody and Waite's reduction x = n log(2) + r, |r| <= log(2) / 2, and exp(r) - 1 by
// Taylor's series, whose remainder is below a quarter of the last bit.
template <class Scalar>
struct Exponent;

template <>
struct Exponent<double> {
  static constexpr double kRound = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  static constexpr double kLogTwoHigh = 0x1.62e42fee00000p-1, kLogTwoLow = 0x1.a39ef35793c76p-33;
  static constexpr double kLargest = 708.0, kLargestTangent = 44.0;
  static constexpr int kMantissaBits = 52;
  static constexpr std::int64_t kOne = 0x3FF0000000000000;  // the bits of 1.0
  static constexpr double kInverseFactorials[] = {1.0 / 87178291200.0,
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
};

template <>
struct Exponent<float> {
  static constexpr float kRound = 0x1.8p23F;
  static constexpr float kLogTwoHigh = 0x1.62e4p-1F, kLogTwoLow = 0x1.7f7d1cp-20F;
  static constexpr float kLargest = 87.0F, kLargestTangent = 20.0F;
  static constexpr int kMantissaBits = 23;
  static constexpr std::int32_t kOne = 0x3F800000;
  static constexpr float kInverseFactorials[] = {1.0F / 5040.0F, 1.0F / 720.0F, 1.0F / 120.0F,
                                                 1.0F / 24.0F,   1.0F / 6.0F,   0.5F};
};

template <class Scalar, int kBytes>
struct Exponential {
  typename Simd<Scalar, kBytes>::Values power;  // 2^n
  typename Simd<Scalar, kBytes>::Values rest;   // exp(x) = power * (1 + rest)
};

// |x| at most kLargest.
template <class Scalar, int kBytes>
[[gnu::always_inline]] inline void reduce(const typename Simd<Scalar, kBytes>::Values& x,
                                          Exponential<Scalar, kBytes>& result) {
  using Constants = Exponent<Scalar>;
  constexpr auto& kInverseFactorials = Constants::kInverseFactorials;
  const auto shifted = x * static_cast<Scalar>(1.4426950408889634074) + Constants::kRound;
  const auto n = shifted - Constants::kRound;
  const auto r = (x - n * Constants::kLogTwoHigh) - n * Constants::kLogTwoLow;
  auto series = r * kInverseFactorials[0] + kInverseFactorials[1];
  for (std::size_t i = 2; i < std::size(kInverseFactorials); ++i) series = series * r + kInverseFactorials[i];
  result.rest = series * r * r + r;
  typename Simd<Scalar, kBytes>::Integers bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << Constants::kMantissaBits) + Constants::kOne;
  std::memcpy(&result.power, &bits, sizeof bits);
}

struct ExponentialOf {
  template <class Scalar, int kBytes>
  [[gnu::always_inline]] static inline void block(Scalar* values) {
    using Vector = typename Simd<Scalar, kBytes>::Values;
    constexpr Scalar kLargest = Exponent<Scalar>::kLargest;
    Vector x;
    load(x, values);
    x = x < -kLargest ? Vector{} - kLargest : x;
    x = x > kLargest ? Vector{} + kLargest : x;
    Exponential<Scalar, kBytes> e;
    reduce<Scalar, kBytes>(x, e);
    store<Vector>(values, e.power * e.rest + e.power);
  }
};

// tanh(x) = expm1(2x) / (expm1(2x) + 2), which loses no precision near zero.
struct TangentOf {
  template <class Scalar, int kBytes>
  [[gnu::always_inline]] static inline void block(Scalar* values) {
    using Vector = typename Simd<Scalar, kBytes>::Values;
    constexpr Scalar kLargest = Exponent<Scalar>::kLargestTangent, kZero = 0, kOne = 1, kTwo = 2;
    Vector x;
    load(x, values);
    Vector twice = x < kZero ? x * -kTwo : x * kTwo;
    twice = twice > kLargest ? Vector{} + kLargest : twice;
    Exponential<Scalar, kBytes> e;
    reduce<Scalar, kBytes>(twice, e);
    const Vector less_one = e.power * e.rest + (e.power - kOne);
    const Vector magnitude = less_one / (less_one + kTwo);
    store<Vector>(values, x < kZero ? -magnitude : magnitude);
  }
};

template <class Function, int kBytes, class Scalar>
[[gnu::always_inline]] inline void for_each_block(Scalar* values, std::int64_t count) {
  constexpr int kWidth = Simd<Scalar, kBytes>::kWidth;
  std::int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Function::template block<Scalar, kBytes>(values + i);
  if (i == count) return;
  std::array<Scalar, kWidth> last{};
  std::copy(values + i, values + count, last.begin());
  Function::template block<Scalar, kBytes>(last.data());
  std::copy_n(last.begin(), count - i, values + i);
}

// Squares of the matches first, with the largest of them; then the exponentials of the differences to it. Sixteen (or
// eight) interleaved partial sums, added up in order.
template <int kBytes, class Scalar>
[[gnu::always_inline]] inline double log_evidence(const BandMatches<Scalar>& matches, Scalar* work) {
  using Vector = typename Simd<Scalar, kBytes>::Values;
  constexpr int kParts = Simd<Scalar, kBytes>::kParts, kWidth = Simd<Scalar, kBytes>::kWidth;
  constexpr Scalar kZero = 0, kNone = -std::numeric_limits<Scalar>::max();
  const std::int64_t count = (matches.blocks + 1) * matches.bands;
  Vector largest[kParts] = {};
  for (std::int64_t band = 0; band < matches.bands; band += kLanes<Scalar>) {
    Vector all[kParts] = {};
    for (std::int64_t block = 0; block <= matches.blocks; ++block) {
      const std::int64_t at = block * matches.bands + band;
      for (int part = 0; part < kParts; ++part) {
        Vector sum = all[part], scale;
        if (block < matches.blocks) load(sum, matches.sums + at + part * kWidth);
        load(scale, matches.scales + at + part * kWidth);
        all[part] += sum;
        const Vector match = sum * scale;
        Vector square = match > kZero ? match * match : Vector{};
        square = scale < kZero ? Vector{} + kNone : square;
        largest[part] = square > largest[part] ? square : largest[part];
        store(work + at + part * kWidth, square);
      }
    }
  }
  Scalar most = 0;
  for (int part = 0; part < kParts; ++part)
    for (int lane = 0; lane < kWidth; ++lane) most = std::max(most, static_cast<Scalar>(largest[part][lane]));
  Vector sums[kParts] = {};
  for (std::int64_t i = 0; i < count; i += kLanes<Scalar>)
    for (int part = 0; part < kParts; ++part) {
      Vector x;
      load(x, work + i + part * kWidth);
      x -= most;
      x = x < -Exponent<Scalar>::kLargest ? Vector{} - Exponent<Scalar>::kLargest : x;
      Exponential<Scalar, kBytes> e;
      reduce<Scalar, kBytes>(x, e);
      sums[part] += e.power * e.rest + e.power;
    }
  double sum = 0.0;
  for (int part = 0; part < kParts; ++part)
    for (int lane = 0; lane < kWidth; ++lane) sum += static_cast<double>(sums[part][lane]);
  return static_cast<double>(most) + std::log(sum);
}

// The same functions for registers of each width. No fused multiply-add: the build forbids contraction, so all give the
// same bits.
#define AUSCULT_KERNELS(NAME, TARGET, BYTES, ROWS)                                                         \
  template <class Scalar>                                                                                  \
  TARGET void products_##NAME(const Panel<Scalar>& panel, const Rows<Scalar>& rows, std::int64_t count) {  \
    sum_rows<Product, BYTES, ROWS>(panel, rows, count);                                                    \
  }                                                                                                        \
  template <class Scalar>                                                                                  \
  TARGET void distances_##NAME(const Panel<Scalar>& panel, const Rows<Scalar>& rows, std::int64_t count) { \
    sum_rows<SquaredDifference, BYTES, ROWS>(panel, rows, count);                                          \
  }                                                                                                        \
  template <class Scalar>                                                                                  \
  TARGET void exponential_##NAME(Scalar* values, std::int64_t count) {                                     \
    for_each_block<ExponentialOf, BYTES>(values, count);                                                   \
  }                                                                                                        \
  template <class Scalar>                                                                                  \
  TARGET void tangent_##NAME(Scalar* values, std::int64_t count) {                                         \
    for_each_block<TangentOf, BYTES>(values, count);                                                       \
  }                                                                                                        \
  template <class Scalar>                                                                                  \
  TARGET double evidence_##NAME(const BandMatches<Scalar>& matches, Scalar* work) {                        \
    return log_evidence<BYTES>(matches, work);                                                             \
  }                                                                                                        \
  template <class Scalar>                                                                                  \
  constexpr Kernels<Scalar> kernels_##NAME = {products_##NAME<Scalar>, distances_##NAME<Scalar>,           \
                                              exponential_##NAME<Scalar>, tangent_##NAME<Scalar>,          \
                                              evidence_##NAME<Scalar>};

AUSCULT_KERNELS(baseline, , 16, 2)
#if defined(__x86_64__)
AUSCULT_KERNELS(avx2, [[gnu::target("avx2")]], 32, 4)
AUSCULT_KERNELS(avx512, [[gnu::target("avx512f,avx512dq")]], 64, 8)
#endif
#undef AUSCULT_KERNELS

template <class Scalar>
Kernels<Scalar> kernels_of(VectorWidth width) {
#if defined(__x86_64__)
  if (width == VectorWidth::avx512) return kernels_avx512<Scalar>;
  if (width == VectorWidth::avx2) return kernels_avx2<Scalar>;
#endif
  static_cast<void>(width);
  return kernels_baseline<Scalar>;
}

template <class Scalar>
Kernels<Scalar>& chosen_kernels() {
  static Kernels<Scalar> chosen = kernels_of<Scalar>(widest_vectors());
  return chosen;
}

}  // namespace

template <class Scalar>
const Kernels<Scalar>& kernels() {
  return chosen_kernels<Scalar>();
}
template const Kernels<double>& kernels();
template const Kernels<float>& kernels();

bool use_vector_width(VectorWidth width) {
  if (!cpu_has(width)) return false;
  chosen_kernels<double>() = kernels_of<double>(width);
  chosen_kernels<float>() = kernels_of<float>(width);
  return true;
}

}  // namespace auscult::nn
