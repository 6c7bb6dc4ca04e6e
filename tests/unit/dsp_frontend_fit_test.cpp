// The default frontend for sensors of other rates.
#include <gtest/gtest.h>

#include "dsp/frontend_fit.h"

namespace auscult {
namespace {

struct Fit {
  int sample_rate, n_fft, hop_length, n_mels;
  double f_max;
};

class FittedFrontendRates : public testing::TestWithParam<Fit> {};

TEST_P(FittedFrontendRates, KeepsTheTimesAndUsesTheWholeSpectrum) {
  const Fit& expected = GetParam();
  const auto fitted = fitted_frontend({}, expected.sample_rate);
  ASSERT_TRUE(fitted) << to_message(fitted.error());
  EXPECT_TRUE(validate(*fitted));
  EXPECT_EQ(fitted->sample_rate, expected.sample_rate);
  EXPECT_EQ(fitted->n_fft, expected.n_fft);
  EXPECT_EQ(fitted->hop_length, expected.hop_length);
  EXPECT_EQ(fitted->n_mels, expected.n_mels);
  EXPECT_EQ(fitted->f_min, 0.0);
  EXPECT_EQ(fitted->f_max, expected.f_max);
  EXPECT_NEAR(fitted->seconds_per_frame(), FrontendConfig{}.seconds_per_frame(), 0.00005);
}

INSTANTIATE_TEST_SUITE_P(Sensors, FittedFrontendRates,
                         testing::Values(Fit{1000, 64, 32, 32, 500.0}, Fit{2000, 128, 64, 64, 1000.0},
                                         Fit{4000, 256, 128, 64, 2000.0}, Fit{8000, 512, 256, 64, 4000.0},
                                         Fit{11025, 720, 353, 64, 5512.5}, Fit{16000, 1024, 512, 64, 8000.0},
                                         Fit{44100, 2880, 1411, 64, 22050.0}, Fit{96000, 6144, 3072, 64, 48000.0},
                                         Fit{192000, 12288, 6144, 64, 96000.0},
                                         Fit{384000, 24576, 12288, 64, 192000.0}),
                         [](const auto& param_info) { return std::to_string(param_info.param.sample_rate); });

TEST(FittedFrontend, KeepsALimitBelowHalfALowerRate) {
  FrontendConfig base;
  base.f_min = 50.0;
  base.f_max = 1500.0;
  base.n_mels = 40;
  const auto fitted = fitted_frontend(base, 4000);
  ASSERT_TRUE(fitted) << to_message(fitted.error());
  EXPECT_EQ(fitted->f_min, 50.0);
  EXPECT_EQ(fitted->f_max, 1500.0);
  EXPECT_EQ(fitted->n_mels, 40);
}

TEST(FittedFrontend, IsTheSameForTheSameRate) {
  FrontendConfig base;  // not what the rule would give
  base.n_fft = 1022;
  EXPECT_EQ(*fitted_frontend(base, base.sample_rate), base);
}

TEST(FittedFrontend, RefusesRatesThatLeaveNothingToAnalyze) {
  FrontendConfig high;
  high.f_min = 2000.0;
  for (const int rate : {2000, 4000, 999, 384001, 0, -8000}) {
    const auto fitted = fitted_frontend(high, rate);
    ASSERT_FALSE(fitted) << rate;
    EXPECT_EQ(fitted.error().code, ErrorCode::bad_input) << rate;
  }
}

}  // namespace
}  // namespace auscult
