#include "frame_lanes.h"

#include <cassert>
#include <cmath>
#include <complex>
#include <cstring>

namespace auscult::dsp {
namespace {

struct Transform {
  const float* samples;
  std::size_t hop, n_fft;
  const double* window;
  const double* twiddles;
  const double* real_twiddles;
  const std::uint32_t* places;
  std::span<const MelFilterbank::Row> rows;
  double *work, *power, *mel, *sums, *squares;
};

// The stages of kissfft for a power of two: fours from the outermost to the innermost, then a two if one is left.
std::size_t radix_of(std::size_t length) {
  return length % 4 == 0 ? 4 : 2;
}

template <int kBytes>
struct Lanes {
  static constexpr std::size_t kCount = kBytes / sizeof(double);
  using Vector [[gnu::vector_size(kBytes)]] = double;
  struct Complex {
    Vector re, im;
  };

  [[gnu::always_inline]] static inline void load(Vector& to, const double* from) { std::memcpy(&to, from, sizeof to); }
  [[gnu::always_inline]] static inline void store(double* to, const Vector& from) {
    std::memcpy(to, &from, sizeof from);
  }
  [[gnu::always_inline]] static inline void load(Complex& to, const double* work, std::size_t at) {
    load(to.re, work + 2 * at * kCount);
    load(to.im, work + (2 * at + 1) * kCount);
  }
  [[gnu::always_inline]] static inline void store(double* work, std::size_t at, const Complex& from) {
    store(work + 2 * at * kCount, from.re);
    store(work + (2 * at + 1) * kCount, from.im);
  }
  // As std::complex multiplies finite numbers.
  [[gnu::always_inline]] static inline void multiply(Complex& x, const double* twiddle) {
    const Vector re = x.re * twiddle[0] - x.im * twiddle[1];
    x.im = x.re * twiddle[1] + x.im * twiddle[0];
    x.re = re;
  }
};

// Windows the frames, writes pairs of samples to where the first butterflies expect them, and adds up the level.
template <int kBytes>
[[gnu::always_inline]] inline void gather(const Transform& t) {
  using L = Lanes<kBytes>;
  typename L::Vector sums[FrameLanes::kPartialSums] = {}, squares[FrameLanes::kPartialSums] = {};
  for (std::size_t i = 0; i < t.n_fft; i += FrameLanes::kPartialSums)
    for (std::size_t j = 0; j < FrameLanes::kPartialSums; ++j) {
      typename L::Vector x;
      for (std::size_t lane = 0; lane < L::kCount; ++lane)
        x[lane] = static_cast<double>(t.samples[lane * t.hop + i + j]);
      sums[j] += x;
      squares[j] += x * x;
      const std::size_t place = t.places[(i + j) / 2];
      L::store(t.work + (2 * place + j % 2) * L::kCount, x * t.window[i + j]);
    }
  for (std::size_t j = 0; j < FrameLanes::kPartialSums; ++j) {
    L::store(t.sums + j * L::kCount, sums[j]);
    L::store(t.squares + j * L::kCount, squares[j]);
  }
}

// One stage over the complex numbers from `begin` to `end`.
template <int kBytes>
[[gnu::always_inline]] inline void butterflies_of_4(const Transform& t, std::size_t begin, std::size_t end,
                                                    std::size_t m, std::size_t stride) {
  using L = Lanes<kBytes>;
  for (std::size_t group = begin; group < end; group += 4 * m)
    for (std::size_t k = 0; k < m; ++k) {
      const std::size_t at = group + k;
      const double* twiddle = t.twiddles + 2 * k * stride;
      typename L::Complex a, b, c, d;
      L::load(a, t.work, at);
      L::load(b, t.work, at + m);
      L::load(c, t.work, at + 2 * m);
      L::load(d, t.work, at + 3 * m);
      if (k > 0) {  // times one otherwise
        L::multiply(b, twiddle);
        L::multiply(c, t.twiddles + 4 * k * stride);
        L::multiply(d, t.twiddles + 6 * k * stride);
      }
      const typename L::Complex rest{a.re - c.re, a.im - c.im}, even{a.re + c.re, a.im + c.im},
          sum{b.re + d.re, b.im + d.im}, turned{b.im - d.im, -(b.re - d.re)};
      L::store(t.work, at + 2 * m, {even.re - sum.re, even.im - sum.im});
      L::store(t.work, at, {even.re + sum.re, even.im + sum.im});
      L::store(t.work, at + m, {rest.re + turned.re, rest.im + turned.im});
      L::store(t.work, at + 3 * m, {rest.re - turned.re, rest.im - turned.im});
    }
}

// The innermost stage of a length that is no power of four: its only twiddle is one.
template <int kBytes>
[[gnu::always_inline]] inline void butterflies_of_2(const Transform& t, std::size_t begin, std::size_t end) {
  using L = Lanes<kBytes>;
  for (std::size_t at = begin; at < end; at += 2) {
    typename L::Complex a, b;
    L::load(a, t.work, at);
    L::load(b, t.work, at + 1);
    L::store(t.work, at, {a.re + b.re, a.im + b.im});
    L::store(t.work, at + 1, {a.re - b.re, a.im - b.im});
  }
}

// The complex transform in place. All stages but the last of a quarter follow each other, while it is in the cache.
template <int kBytes>
[[gnu::always_inline]] inline void transform_complex(const Transform& t) {
  const std::size_t n = t.n_fft / 2, quarter = n / 4;
  const std::size_t innermost = [n] {
    std::size_t length = n;
    while (length % 4 == 0) length /= 4;
    return length;  // 1 or 2
  }();
  for (std::size_t begin = 0; begin < n; begin += quarter) {
    if (innermost == 2) butterflies_of_2<kBytes>(t, begin, begin + quarter);
    for (std::size_t m = innermost; 4 * m <= quarter; m *= 4)
      butterflies_of_4<kBytes>(t, begin, begin + quarter, m, n / (4 * m));
  }
  butterflies_of_4<kBytes>(t, 0, n, quarter, 1);
}

// From the transform of pairs to that of real numbers (kissfft's transform_real), squared.
template <int kBytes>
[[gnu::always_inline]] inline void square_bins(const Transform& t) {
  using L = Lanes<kBytes>;
  const std::size_t n = t.n_fft / 2;
  const auto put = [&t](std::size_t bin, const typename L::Vector& power) {
    L::store(t.power + bin * L::kCount, power);
  };
  typename L::Complex first, middle;
  L::load(first, t.work, 0);
  L::load(middle, t.work, n / 2);
  const typename L::Vector lowest = first.re + first.im, highest = first.re - first.im;
  put(0, lowest * lowest);
  put(n, highest * highest);
  put(n / 2, middle.re * middle.re + middle.im * middle.im);
  for (std::size_t k = 1; 2 * k < n; ++k) {
    typename L::Complex a, b;
    L::load(a, t.work, k);
    L::load(b, t.work, n - k);
    const typename L::Complex w{(a.re + b.re) * 0.5, (a.im - b.im) * 0.5};
    typename L::Complex z{(a.im + b.im) * 0.5, (b.re - a.re) * 0.5};
    L::multiply(z, t.real_twiddles + 2 * k);
    const typename L::Complex low{w.re + z.re, w.im + z.im}, high{w.re - z.re, w.im - z.im};
    put(k, low.re * low.re + low.im * low.im);
    put(n - k, high.re * high.re + high.im * high.im);
  }
}

// MelFilterbank::apply() of every lane.
template <int kBytes>
[[gnu::always_inline]] inline void sum_bands(const Transform& t) {
  using L = Lanes<kBytes>;
  for (std::size_t band = 0; band < t.rows.size(); ++band) {
    const MelFilterbank::Row& row = t.rows[band];
    const double* weights = row.weights.data();
    const std::size_t bins = row.weights.size();
    typename L::Vector sums[4] = {}, power;
    std::size_t i = 0;
    for (; i + 4 <= bins; i += 4)
      for (std::size_t part = 0; part < 4; ++part) {
        L::load(power, t.power + (row.first_bin + i + part) * L::kCount);
        sums[part] += weights[i + part] * power;
      }
    for (; i < bins; ++i) {
      L::load(power, t.power + (row.first_bin + i) * L::kCount);
      sums[0] += weights[i] * power;
    }
    L::store(t.mel + band * L::kCount, (sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
}

template <int kBytes>
[[gnu::always_inline]] inline void run(const Transform& t) {
  gather<kBytes>(t);
  transform_complex<kBytes>(t);
  square_bins<kBytes>(t);
  sum_bands<kBytes>(t);
}

void run_baseline(const Transform& t) {
  run<16>(t);
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] void run_avx2(const Transform& t) {
  run<32>(t);
}
[[gnu::target("avx512f,avx512dq")]] void run_avx512(const Transform& t) {
  run<64>(t);
}
#endif

// Where kissfft's recursion puts input `pair` of n before its innermost stage.
std::uint32_t place_of(std::size_t pair, std::size_t n) {
  std::size_t place = 0;
  for (std::size_t length = n; length > 1;) {
    const std::size_t radix = radix_of(length);
    length /= radix;
    place += pair % radix * length;
    pair /= radix;
  }
  return static_cast<std::uint32_t>(place);
}

}  // namespace

FrameLanes::FrameLanes(std::span<const double> window, const MelFilterbank& bank, VectorWidth width)
    : width_(width),
      lanes_(bytes_of(width) / sizeof(double)),
      window_(window.begin(), window.end()),
      bank_(&bank),
      work_(window.size() * lanes_),
      power_((window.size() / 2 + 1) * lanes_),
      mel_(bank.bands() * lanes_),
      sums_(kPartialSums * lanes_),
      squares_(kPartialSums * lanes_) {
  assert(fits(window.size()) && cpu_has(width));
  // The twiddle factors as kissfft computes them.
  const std::size_t n = window.size() / 2;
  const double pi = std::acos(-1.0), step = -2 * pi / static_cast<double>(n);
  std::vector<std::complex<double>> factors;
  for (std::size_t i = 0; i < n; ++i) {
    factors.push_back(std::exp(std::complex<double>(0, static_cast<double>(i) * step)));
    twiddles_.insert(twiddles_.end(), {factors[i].real(), factors[i].imag()});
    places_.push_back(place_of(i, n));
  }
  const std::complex<double> half = std::exp(std::complex<double>(0, -pi / static_cast<double>(n)));
  for (std::size_t k = 0; 2 * k < n; ++k) {
    const std::complex<double> factor = k % 2 == 0 ? factors[k / 2] : factors[k / 2] * half;
    real_twiddles_.insert(real_twiddles_.end(), {factor.real(), factor.imag()});
  }
}

bool FrameLanes::fits(std::size_t n_fft) {
  return n_fft >= 64 && (n_fft & (n_fft - 1)) == 0;
}

void FrameLanes::transform(std::span<const float> samples, std::size_t hop) {
  assert(samples.size() == (lanes_ - 1) * hop + window_.size());
  const Transform t{
      samples.data(), hop,           window_.size(), window_.data(), twiddles_.data(), real_twiddles_.data(),
      places_.data(), bank_->rows(), work_.data(),   power_.data(),  mel_.data(),      sums_.data(),
      squares_.data()};
#if defined(__x86_64__)
  if (width_ == VectorWidth::avx512) return run_avx512(t);
  if (width_ == VectorWidth::avx2) return run_avx2(t);
#endif
  run_baseline(t);
}

}  // namespace auscult::dsp
