// The frontend against its definition: a twin that computes the textbook formulas directly, in double precision.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "dsp/log_mel_frontend.h"

namespace auscult {
namespace {

constexpr double kPi = std::numbers::pi;

using Samples = std::vector<float>;
using Rows = std::vector<std::vector<double>>;

// ---- the twin -------------------------------------------------------------------------------------------------------

double slaney_mel(double hz) {
  return hz < 1000.0 ? 3.0 * hz / 200.0 : 15.0 + 27.0 * std::log(hz / 1000.0) / std::log(6.4);
}

double slaney_hz(double mel) {
  return mel < 15.0 ? 200.0 * mel / 3.0 : 1000.0 * std::pow(6.4, (mel - 15.0) / 27.0);
}

// Weight of a frequency in the triangle (left, center, right) of unit area in Hz.
double triangle(double hz, double left, double centre, double right) {
  if (hz <= left || hz >= right) return 0.0;
  const double height = hz <= centre ? (hz - left) / (centre - left) : (right - hz) / (right - centre);
  return height * 2.0 / (right - left);
}

class Twin {
 public:
  explicit Twin(const FrontendConfig& config) : config_(config) {
    const int n = config.n_fft;
    for (int i = 0; i < n; ++i) {
      cosine_.push_back(std::cos(2.0 * kPi * i / n));
      sine_.push_back(std::sin(2.0 * kPi * i / n));
      window_.push_back(std::pow(std::sin(kPi * i / n), 2));
    }
    const double low = slaney_mel(config.f_min), high = slaney_mel(config.f_max);
    for (int i = 0; i < config.n_mels + 2; ++i)
      edges_.push_back(slaney_hz(low + (high - low) * i / (config.n_mels + 1)));
  }

  // 10*log10 of: first the power of each bin, then of each mel band.
  std::pair<std::vector<double>, std::vector<double>> frame(const float* samples) const {
    const int n = config_.n_fft;
    std::vector<double> power, mel(static_cast<std::size_t>(config_.n_mels), 0.0);
    for (int k = 0; k <= n / 2; ++k) {
      double re = 0.0, im = 0.0;
      for (int i = 0; i < n; ++i) {
        const auto phase = static_cast<std::size_t>(static_cast<long>(i) * k % n);
        const double x = samples[i] * window_[static_cast<std::size_t>(i)];
        re += x * cosine_[phase];
        im -= x * sine_[phase];
      }
      power.push_back(re * re + im * im);
      const double hz = static_cast<double>(k) * config_.sample_rate / n;
      for (std::size_t b = 0; b < mel.size(); ++b)
        mel[b] += power.back() * triangle(hz, edges_[b], edges_[b + 1], edges_[b + 2]);
    }
    for (auto* values : {&power, &mel})
      for (double& value : *values) value = 10.0 * std::log10(value + config_.power_floor);
    return {power, mel};
  }

 private:
  FrontendConfig config_;
  std::vector<double> window_, cosine_, sine_, edges_;
};

// ---- signals --------------------------------------------------------------------------------------------------------

Samples make_signal(std::size_t count, const std::function<double(double)>& of_seconds, int sample_rate = 16000) {
  Samples samples;
  for (std::size_t i = 0; i < count; ++i)
    samples.push_back(static_cast<float>(of_seconds(static_cast<double>(i) / sample_rate)));
  return samples;
}

Samples noise(std::size_t count, unsigned seed, float amplitude = 0.3F) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, amplitude);
  Samples samples(count);
  for (float& x : samples) x = normal(random);
  return samples;
}

Samples tone(std::size_t count, double hz, double amplitude, int sample_rate = 16000) {
  return make_signal(
      count, [=](double t) { return amplitude * std::sin(2.0 * kPi * hz * t); }, sample_rate);
}

Samples sweep(std::size_t count, double from, double to, double amplitude) {
  const double seconds = static_cast<double>(count) / 16000.0;
  return make_signal(count, [=](double t) {
    return amplitude * std::sin(2.0 * kPi * (from * t + (to - from) * t * t / (2.0 * seconds)));
  });
}

// Largest difference in dB where the twin's value lies within 80 dB of the frame's loudest.
double worst_difference(const std::vector<double>& expected, std::span<const float> actual) {
  const double loudest = *std::max_element(expected.begin(), expected.end());
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (expected[i] >= loudest - 80.0) worst = std::max(worst, std::abs(expected[i] - static_cast<double>(actual[i])));
  return worst;
}

std::vector<float> power_db_of(const FrameView& frame) {
  std::vector<float> values;
  for (std::size_t bin = 0; bin < frame.power.size(); ++bin) values.push_back(frame.power_db(bin));
  return values;
}

void expect_equals_twin(const Samples& samples, const FrontendConfig& config = {}) {
  ASSERT_TRUE(validate(config)) << validate(config).error().what;
  const Twin twin(config);
  LogMelFrontend frontend(config);
  std::int64_t frames = 0;
  double worst = 0.0;
  frontend.push(samples, [&](const FrameView& frame) {
    const auto [power, mel] = twin.frame(samples.data() + frame.index * config.hop_length);
    worst = std::max({worst, worst_difference(mel, frame.log_mel), worst_difference(power, power_db_of(frame))});
    ++frames;
  });
  EXPECT_EQ(frames, config.frames_in(static_cast<std::int64_t>(samples.size())));
  EXPECT_GT(frames, 0);
  EXPECT_LE(worst, 1e-3);
  testing::Test::RecordProperty("worst_db", std::to_string(worst));
}

Rows log_mels(LogMelFrontend& frontend, std::span<const float> samples) {
  Rows rows;
  frontend.push(samples,
                [&](const FrameView& frame) { rows.emplace_back(frame.log_mel.begin(), frame.log_mel.end()); });
  return rows;
}

// ---- parity ---------------------------------------------------------------------------------------------------------

TEST(LogMelFrontend, EqualsTheDefinitionOnNoise) {
  expect_equals_twin(noise(8000, 1));
}

TEST(LogMelFrontend, EqualsTheDefinitionOnFaintNoise) {
  expect_equals_twin(noise(4000, 2, 1e-4F));
}

TEST(LogMelFrontend, EqualsTheDefinitionOnTonesOnAndBetweenBins) {
  for (const double hz : {50.0, 440.0, 1000.0, 1007.8, 3999.0, 7990.0}) {
    SCOPED_TRACE(hz);
    expect_equals_twin(tone(3000, hz, 0.9));
  }
}

TEST(LogMelFrontend, EqualsTheDefinitionOnALoudToneOverNoiseEightyDecibelsBelow) {
  Samples samples = tone(4000, 120.0, 1.0);
  const Samples floor = noise(4000, 3, 1e-4F);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += floor[i];
  expect_equals_twin(samples);
}

TEST(LogMelFrontend, EqualsTheDefinitionOnSweeps) {
  expect_equals_twin(sweep(9000, 20.0, 7900.0, 0.8));
  expect_equals_twin(sweep(9000, 7900.0, 20.0, 0.001));
}

TEST(LogMelFrontend, EqualsTheDefinitionWithOtherParameters) {
  FrontendConfig odd;  // 330 = 2 * 3 * 5 * 11: no power of two, and the FFT's general butterfly
  odd.n_fft = 330;
  odd.hop_length = 77;
  odd.n_mels = 10;
  odd.f_min = 200.0;
  odd.f_max = 6000.0;
  expect_equals_twin(noise(2000, 4), odd);

  FrontendConfig wide;
  wide.sample_rate = 48000;
  wide.n_fft = 4096;
  wide.hop_length = 4096;
  wide.n_mels = 128;
  wide.f_max = 24000.0;
  expect_equals_twin(noise(9000, 5), wide);
}

// ---- frames and their place -----------------------------------------------------------------------------------------

TEST(LogMelFrontend, TenSecondsGive311Frames) {
  LogMelFrontend frontend{FrontendConfig{}};
  EXPECT_EQ(log_mels(frontend, Samples(160000)).size(), 311U);
  EXPECT_EQ(FrontendConfig{}.frames_in(160000), 311);
}

TEST(LogMelFrontend, GivesAFrameWithTheFirstFullWindowAndNotASampleEarlier) {
  for (const std::size_t count : {0U, 1U, 1023U, 1024U, 1535U, 1536U, 2047U, 2048U}) {
    LogMelFrontend frontend{FrontendConfig{}};
    EXPECT_EQ(static_cast<std::int64_t>(log_mels(frontend, Samples(count)).size()),
              FrontendConfig{}.frames_in(static_cast<std::int64_t>(count)))
        << count;
  }
}

TEST(LogMelFrontend, NumbersFramesAndPlacesThemOneHopApart) {
  LogMelFrontend frontend{FrontendConfig{}};
  std::int64_t expected = 0;
  frontend.push(Samples(5000), [&](const FrameView& frame) {
    EXPECT_EQ(frame.index, expected);
    EXPECT_EQ(frame.first_sample, expected * 512);
    EXPECT_EQ(frame.log_mel.size(), 64U);
    EXPECT_EQ(frame.power.size(), 513U);
    ++expected;
  });
  EXPECT_EQ(expected, 8);
}

TEST(LogMelFrontend, AfterAGapItCountsOnAndEqualsAFreshFrontend) {
  const Samples before = noise(3000, 6), after = noise(4000, 7);
  LogMelFrontend frontend{FrontendConfig{}}, fresh{FrontendConfig{}};
  const auto frames_before = static_cast<std::int64_t>(log_mels(frontend, before).size());

  frontend.reset(100'000);
  const Rows expected = log_mels(fresh, after);
  std::size_t row = 0;
  frontend.push(after, [&](const FrameView& frame) {
    ASSERT_LT(row, expected.size());
    EXPECT_EQ(frame.index, frames_before + static_cast<std::int64_t>(row));
    EXPECT_EQ(frame.first_sample, 100'000 + 512 * static_cast<std::int64_t>(row));
    EXPECT_EQ(std::vector<double>(frame.log_mel.begin(), frame.log_mel.end()), expected[row]);
    ++row;
  });
  EXPECT_EQ(row, expected.size());
}

TEST(LogMelFrontend, SilenceIsTheFloorInEveryBand) {
  LogMelFrontend frontend{FrontendConfig{}};
  frontend.push(Samples(1024), [](const FrameView& frame) {
    for (const float value : frame.log_mel) EXPECT_FLOAT_EQ(value, -100.0F);
    for (const float value : power_db_of(frame)) EXPECT_FLOAT_EQ(value, -100.0F);
    EXPECT_EQ(frame.level_dbfs, -200.0F);
  });
}

TEST(LogMelFrontend, ReportsTheLevelOfTheUnwindowedFrame) {
  LogMelFrontend frontend{FrontendConfig{}};
  frontend.push(tone(1024, 1000.0, 1.0),
                [](const FrameView& frame) { EXPECT_NEAR(frame.level_dbfs, -3.0103F, 1e-4F); });
  frontend.reset(0);
  Samples square(1024, 0.1F);
  for (std::size_t i = 0; i < square.size(); i += 2) square[i] = -0.1F;
  frontend.push(square, [](const FrameView& frame) { EXPECT_NEAR(frame.level_dbfs, -20.0F, 1e-4F); });
  frontend.reset(0);
  for (float& sample : square) sample += 0.3F;
  frontend.push(square, [](const FrameView& frame) {
    EXPECT_NEAR(frame.level_dbfs, -20.0F, 1e-3F) << "a constant offset is no sound";
  });
}

TEST(LogMelFrontend, HalvingTheAmplitudeLowersEveryBandBySixDecibels) {
  const Samples loud = noise(1024, 8);
  Samples quiet = loud;
  for (float& x : quiet) x *= 0.5F;
  LogMelFrontend first{FrontendConfig{}}, second{FrontendConfig{}};
  const Rows a = log_mels(first, loud), b = log_mels(second, quiet);
  for (std::size_t band = 0; band < 64; ++band) EXPECT_NEAR(a[0][band] - b[0][band], 6.0206, 1e-4) << band;
}

TEST(LogMelFrontend, AToneIsLoudestInTheBandThatHoldsIt) {
  LogMelFrontend frontend{FrontendConfig{}};
  const Rows rows = log_mels(frontend, tone(1024, 1000.0, 0.5));
  const auto loudest = std::max_element(rows[0].begin(), rows[0].end()) - rows[0].begin();
  // 8 kHz is mel 45.245; 1 kHz is mel 15, in units of a 65th part of the scale.
  EXPECT_NEAR(static_cast<double>(loudest + 1), 15.0 / 45.245 * 65.0, 0.6);
}

TEST(LogMelFrontend, GoesOnAfterBeingMoved) {
  const Samples samples = noise(4000, 9);
  LogMelFrontend whole{FrontendConfig{}}, first{FrontendConfig{}};
  const Rows expected = log_mels(whole, samples);
  Rows actual = log_mels(first, std::span(samples).first(1500));
  LogMelFrontend second = std::move(first);
  const Rows rest = log_mels(second, std::span(samples).subspan(1500));
  actual.insert(actual.end(), rest.begin(), rest.end());
  EXPECT_EQ(actual, expected);
}

// ---- untrusted parameters -------------------------------------------------------------------------------------------

TEST(FrontendConfig, DefaultsAreValid) {
  EXPECT_TRUE(validate(FrontendConfig{}));
}

struct BadConfig {
  std::string name;
  std::function<void(FrontendConfig&)> spoil;
  std::string named;  ///< word that the message must hold
};

void PrintTo(const BadConfig& bad, std::ostream* out) {
  *out << bad.name;
}

class FrontendConfigBad : public testing::TestWithParam<BadConfig> {};

TEST_P(FrontendConfigBad, IsRefusedByName) {
  FrontendConfig config;
  GetParam().spoil(config);
  const Status status = validate(config);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::bad_input);
  EXPECT_NE(status.error().what.find(GetParam().named), std::string::npos) << status.error().what;
  EXPECT_FALSE(status.error().hint.empty());
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

INSTANTIATE_TEST_SUITE_P(
    Each, FrontendConfigBad,
    testing::Values(BadConfig{"RateLow", [](auto& c) { c.sample_rate = 999; }, "sample_rate"},
                    BadConfig{"RateHigh", [](auto& c) { c.sample_rate = 384001; }, "sample_rate"},
                    BadConfig{"FftSmall", [](auto& c) { c.n_fft = 62; }, "n_fft"},
                    BadConfig{"FftHuge", [](auto& c) { c.n_fft = 32770; }, "n_fft"},
                    BadConfig{"FftNegative", [](auto& c) { c.n_fft = std::numeric_limits<int>::min(); }, "n_fft"},
                    BadConfig{"FftOdd", [](auto& c) { c.n_fft = 1023; }, "n_fft"},
                    BadConfig{"HopZero", [](auto& c) { c.hop_length = 0; }, "hop_length"},
                    BadConfig{"HopBeyondWindow", [](auto& c) { c.hop_length = 1025; }, "hop_length"},
                    BadConfig{"NoMels", [](auto& c) { c.n_mels = 0; }, "n_mels"},
                    BadConfig{"TooManyMels", [](auto& c) { c.n_mels = 257; }, "n_mels"},
                    BadConfig{"FminNegative", [](auto& c) { c.f_min = -1.0; }, "f_min"},
                    BadConfig{"FminNan", [](auto& c) { c.f_min = kNan; }, "f_min"},
                    BadConfig{"FminAboveFmax", [](auto& c) { c.f_min = 8000.0; }, "f_min"},
                    BadConfig{"FmaxAboveNyquist", [](auto& c) { c.f_max = 8001.0; }, "f_max"},
                    BadConfig{"FmaxInfinite", [](auto& c) { c.f_max = kInfinity; }, "f_max"},
                    BadConfig{"FmaxNan", [](auto& c) { c.f_max = kNan; }, "f_min"},
                    BadConfig{"FloorZero", [](auto& c) { c.power_floor = 0.0; }, "power_floor"},
                    BadConfig{"FloorNan", [](auto& c) { c.power_floor = kNan; }, "power_floor"},
                    BadConfig{"FloorInfinite", [](auto& c) { c.power_floor = kInfinity; }, "power_floor"},
                    BadConfig{"EmptyBands", [](auto& c) { c.n_fft = 512, c.n_mels = 256; }, "mel band"},
                    BadConfig{"BandBetweenBins", [](auto& c) { c.f_min = 100.5, c.f_max = 101.0, c.n_mels = 1; },
                              "mel band"}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace auscult
