#include <cmath>
#include <cstddef>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "simulate/pump.h"

namespace auscult {
namespace {

PumpClipRequest short_clip(Fault fault = Fault::none, int index = 0) {
  PumpClipRequest request;
  request.fault = fault;
  request.index = index;
  request.seconds = 1.0;
  request.channels = 1;
  return request;
}

double rms(const std::vector<float>& x, std::size_t first, std::size_t last) {
  double sum = 0.0;
  for (std::size_t i = first; i < last; ++i) sum += static_cast<double>(x[i]) * x[i];
  return std::sqrt(sum / static_cast<double>(last - first));
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

TEST(Pump, EqualRequestsGiveEqualSamples) {
  for (const Fault fault : kFaults)
    EXPECT_EQ(render_pump_clip(short_clip(fault)).interleaved, render_pump_clip(short_clip(fault)).interleaved);
}

TEST(Pump, SeedMachineFaultAndIndexEachGiveAnotherRecording) {
  const std::vector<float> first = render_pump_clip(short_clip()).interleaved;
  PumpClipRequest other = short_clip();
  other.seed = 2;
  EXPECT_NE(render_pump_clip(other).interleaved, first);
  other = short_clip();
  other.machine = 1;
  EXPECT_NE(render_pump_clip(other).interleaved, first);
  EXPECT_NE(render_pump_clip(short_clip(Fault::none, 1)).interleaved, first);
  EXPECT_NE(render_pump_clip(short_clip(Fault::clog)).interleaved, first);
}

TEST(Pump, MoreMicrophonesDoNotChangeTheFirst) {
  PumpClipRequest request = short_clip(Fault::leak);
  const std::vector<float> mono = render_pump_clip(request).interleaved;
  request.channels = 8;
  const std::vector<float> eight = render_pump_clip(request).interleaved;
  ASSERT_EQ(eight.size(), 8 * mono.size());
  bool others_differ = false;
  for (std::size_t i = 0; i < mono.size(); ++i) {
    ASSERT_EQ(eight[8 * i], mono[i]) << i;
    others_differ = others_differ || eight[8 * i + 5] != mono[i];
  }
  EXPECT_TRUE(others_differ);
}

// A recording is g (pump + background 10^(-SNR/20)). From two of them the third follows, and so do both parts.
TEST(Pump, TheSamePumpAndBackgroundAreMixedAtTheSnrAskedFor) {
  const auto at = [](double snr_db) {
    PumpClipRequest request = short_clip(Fault::cavitation);
    request.snr_db = snr_db;
    return render_pump_clip(request).interleaved;
  };
  const std::vector<float> pump = at(90.0), background = at(-90.0), mixed = at(6.0);
  const double pp = dot(pump, pump), bb = dot(background, background), pb = dot(pump, background);
  const double mp = dot(mixed, pump), mb = dot(mixed, background), determinant = pp * bb - pb * pb;
  const double pump_share = (mp * bb - mb * pb) / determinant, background_share = (mb * pp - mp * pb) / determinant;
  EXPECT_NEAR(20.0 * std::log10(pump_share * std::sqrt(pp) / (background_share * std::sqrt(bb))), 6.0, 0.02);
  double residual = 0.0;
  for (std::size_t i = 0; i < mixed.size(); ++i)
    residual += std::pow(mixed[i] - pump_share * pump[i] - background_share * background[i], 2);
  EXPECT_LT(residual, 1e-6 * dot(mixed, mixed));
}

TEST(Pump, AFaultThatSetsInLeavesWhatIsBeforeItAlone) {
  for (const Fault fault : kFaults) {
    PumpClipRequest request = short_clip(fault);
    request.seconds = 4.0;
    request.fault_onset = 2.0;
    request.severity = 0.0;
    std::vector<float> mild = render_pump_clip(request).interleaved;
    request.severity = 1.0;
    const std::vector<float> strong = render_pump_clip(request).interleaved;
    for (std::size_t i = 0; i < mild.size(); ++i) mild[i] -= strong[i];
    const double before = rms(mild, 0, 31000) / rms(strong, 0, 31000),
                 after = rms(mild, 40000, 64000) / rms(strong, 40000, 64000);
    EXPECT_LT(before, 0.02) << to_string(fault);
    EXPECT_GT(after, 0.2) << to_string(fault);
  }
}

TEST(Pump, SeveritiesOfAFaultCoverTheRangeWithinAFewRecordings) {
  std::set<int> quarters;
  for (int i = 0; i < 10; ++i) {
    PumpClipRequest request = short_clip(Fault::bearing, i);
    request.seconds = 0.1;
    const double severity = render_pump_clip(request).severity;
    EXPECT_GE(severity, 0.0);
    EXPECT_LT(severity, 1.0);
    quarters.insert(static_cast<int>(4.0 * severity));
  }
  EXPECT_EQ(quarters.size(), 4U);
}

TEST(Pump, AHealthyRecordingHasNoSeverity) {
  EXPECT_EQ(render_pump_clip(short_clip()).severity, 0.0);
}

TEST(Pump, AbnormalRecordingsGoThroughTheFaultsInTurn) {
  for (int i = 0; i < 12; ++i) {
    const PumpClipRequest request = abnormal_clip(3, 1, i);
    EXPECT_EQ(request.fault, kFaults[static_cast<std::size_t>(i % 6)]);
    EXPECT_EQ(request.index, i / 6);
    EXPECT_EQ(request.seed, 3U);
    EXPECT_EQ(request.machine, 1);
  }
}

TEST(Pump, NamesAreThoseOfMimii) {
  EXPECT_EQ(pump_machine_name(0), "id_00");
  EXPECT_EQ(pump_machine_name(3), "id_06");
  EXPECT_EQ(pump_machine_name(5), "id_10");
  EXPECT_EQ(snr_folder(6), "6_dB_pump");
  EXPECT_EQ(snr_folder(0), "0_dB_pump");
  EXPECT_EQ(snr_folder(-6), "-6_dB_pump");
  EXPECT_EQ(snr_folder(2.5, "fan"), "2.5_dB_fan");
}

TEST(Pump, FaultNamesReadBack) {
  for (const Fault fault : kFaults) EXPECT_EQ(fault_from_string(to_string(fault)), fault);
  EXPECT_EQ(fault_from_string("none"), Fault::none);
  EXPECT_EQ(fault_from_string("gremlins"), std::nullopt);
}

}  // namespace
}  // namespace auscult
