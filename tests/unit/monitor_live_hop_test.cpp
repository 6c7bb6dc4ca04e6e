// The spectra of a hop, for frontends of every size, and the rate that a model asks of a device.
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/live_monitor.h"

namespace auscult {
namespace {

// The spectrum is given in dB.
LiveHop stored(const std::vector<float>& power_db, const std::vector<float>& log_mel = std::vector<float>(64, -50.0F)) {
  LiveHop hop;
  std::vector<double> power;
  for (const float db : power_db) power.push_back(std::pow(10.0, static_cast<double>(db) / 10.0));
  store_spectra(
      {.index = 0, .first_sample = 0, .log_mel = log_mel, .power = power, .level_dbfs = 0.0F, .power_floor = 1e-30},
      hop);
  return hop;
}

TEST(LiveHop, HoldsASpectrumOfUpTo513BinsAsItIs) {
  for (const std::size_t bins : {33U, 129U, 513U}) {
    std::vector<float> power(bins);
    for (std::size_t i = 0; i < bins; ++i) power[i] = -0.1F * static_cast<float>(i);
    const LiveHop hop = stored(power);
    ASSERT_EQ(hop.n_bins, static_cast<int>(bins));
    for (std::size_t i = 0; i < bins; ++i) EXPECT_FLOAT_EQ(hop.linear_db[i], power[i]);
  }
}

TEST(LiveHop, KeepsANarrowToneOfALongSpectrumInItsPlace) {
  for (const std::size_t tone : {1U, 700U, 3001U, 6143U}) {
    std::vector<float> power(6145, -90.0F);
    power[tone] = 10.0F;
    const LiveHop hop = stored(power);
    EXPECT_EQ(hop.n_bins, 513);
    const auto* const loudest = std::max_element(hop.linear_db.begin(), hop.linear_db.begin() + hop.n_bins);
    EXPECT_FLOAT_EQ(*loudest, 10.0F);
    EXPECT_EQ(static_cast<std::size_t>(loudest - hop.linear_db.begin()), tone / 12);
  }
}

TEST(LiveHop, HoldsTheMelBandsThatThereAre) {
  const LiveHop hop = stored({-90.0F}, {1.0F, 2.0F, 3.0F});
  EXPECT_EQ(hop.n_mels, 3);
  EXPECT_EQ(hop.mel_db[2], 3.0F);
}

TEST(DeviceRate, CoversTheFrequenciesOfTheModel) {
  FrontendConfig frontend;
  EXPECT_EQ(device_rate_for(frontend), 16000);
  frontend.sample_rate = 2000;
  EXPECT_EQ(device_rate_for(frontend), 16000) << "few devices are slower";
  frontend.sample_rate = 192000;
  EXPECT_EQ(device_rate_for(frontend), 192000);
}

}  // namespace
}  // namespace auscult
