// Frames transformed together give the bits of frames transformed one at a time, for every vector width.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "dsp/frame_lanes.h"
#include "dsp/real_fft.h"

namespace auscult::dsp {
namespace {

std::vector<double> window_of(std::size_t n) {
  std::vector<double> window(n);
  for (std::size_t i = 0; i < n; ++i)
    window[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n));
  return window;
}

// Noise, silence, an offset, and a tone at full scale with noise 120 dB below it.
std::vector<std::vector<float>> sounds(std::size_t count) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<std::vector<float>> all(4, std::vector<float>(count, 0.0F));
  for (std::size_t i = 0; i < count; ++i) {
    all[0][i] = 0.2F * normal(random);
    all[2][i] = 0.25F;
    all[3][i] = std::sin(0.3F * static_cast<float>(i)) + 1e-6F * normal(random);
  }
  return all;
}

void expect_equal_frames(FrameLanes& lanes, const MelFilterbank& bank, const std::vector<double>& window,
                         const std::vector<float>& samples, std::size_t hop) {
  const std::size_t n = window.size();
  RealFft fft(n);
  std::vector<double> windowed(n), power(fft.bins()), mel(bank.bands()), found_power(power.size()),
      found_mel(mel.size());
  lanes.transform(samples, hop);
  for (std::size_t frame = 0; frame < lanes.lanes(); ++frame) {
    std::array<double, FrameLanes::kPartialSums> sums{}, squares{}, found_sums{}, found_squares{};
    for (std::size_t i = 0; i < n; ++i) {
      const double x = samples[frame * hop + i];
      windowed[i] = x * window[i];
      sums[i % sums.size()] += x;
      squares[i % sums.size()] += x * x;
    }
    fft.power_spectrum(windowed, power);
    bank.apply(power, mel);
    lanes.copy_power(frame, found_power);
    lanes.copy_mel(frame, found_mel);
    lanes.copy_sums(frame, found_sums, found_squares);
    EXPECT_EQ(found_power, power) << "frame " << frame;
    EXPECT_EQ(found_mel, mel) << "frame " << frame;
    EXPECT_EQ(found_sums, sums) << "frame " << frame;
    EXPECT_EQ(found_squares, squares) << "frame " << frame;
  }
}

TEST(FrameLanes, GiveTheBitsOfOneFrameAtATimeForEveryVectorWidth) {
  int widths = 0;
  for (const VectorWidth width : {VectorWidth::baseline, VectorWidth::avx2, VectorWidth::avx512}) {
    if (!cpu_has(width)) continue;
    ++widths;
    for (const std::size_t n : {64U, 128U, 256U, 512U, 1024U, 2048U, 4096U}) {
      const std::vector<double> window = window_of(n);
      const MelFilterbank bank(16000, static_cast<int>(n), 12, 0.0, 8000.0);
      FrameLanes lanes(window, bank, width);
      for (const std::size_t hop : {std::size_t{1}, n / 2 - 3, n})
        for (const auto& samples : sounds((lanes.lanes() - 1) * hop + n)) {
          SCOPED_TRACE("n_fft " + std::to_string(n) + ", hop " + std::to_string(hop));
          expect_equal_frames(lanes, bank, window, samples, hop);
        }
    }
  }
  EXPECT_GE(widths, 1);
}

TEST(FrameLanes, FitPowersOfTwo) {
  EXPECT_TRUE(FrameLanes::fits(64));
  EXPECT_TRUE(FrameLanes::fits(32768));
  for (const std::size_t n : {32U, 96U, 1000U, 1026U}) EXPECT_FALSE(FrameLanes::fits(n)) << n;
}

}  // namespace
}  // namespace auscult::dsp
