// The simulator is frozen: these are the octave-band levels of version 1. A difference means another simulator: it
// needs another kSimulatorVersion, a reason in docs/decisions, and new measurements for every table.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

#include "dsp/log_mel_frontend.h"
#include "simulate/pump.h"

namespace auscult {
namespace {

using Bands = std::array<double, 8>;  // mean log-mel of eight neighboring bands, dB

Bands bands_of(Fault fault) {
  PumpClipRequest request;
  request.seed = 7;
  request.machine = 1;
  request.fault = fault;
  request.index = 2;
  request.severity = 0.8;
  request.seconds = 3.0;
  request.channels = 1;
  const PumpClip clip = render_pump_clip(request);
  LogMelFrontend frontend{FrontendConfig{}};
  Bands sum{};
  double frames = 0.0;
  frontend.push(clip.interleaved, [&](const FrameView& frame) {
    for (std::size_t b = 0; b < frame.log_mel.size(); ++b) sum[b / 8] += frame.log_mel[b] / 8.0;
    frames += 1.0;
  });
  for (double& value : sum) value /= frames;
  return sum;
}

struct Frozen {
  Fault fault;
  Bands bands;
};

constexpr int kFrozenVersion = 1;
constexpr std::array<Frozen, 7> kFrozen = {{
    {Fault::none, {-8.417, -10.077, -17.101, -16.365, -21.580, -22.692, -25.974, -28.219}},
    {Fault::bearing, {-9.727, -11.241, -17.193, -16.998, -18.707, -22.522, -25.178, -24.396}},
    {Fault::cavitation, {-8.891, -11.517, -17.793, -17.718, -20.072, -21.081, -21.745, -24.713}},
    {Fault::leak, {-8.658, -10.746, -16.855, -15.984, -20.736, -21.803, -22.365, -23.485}},
    {Fault::clog, {-6.888, -11.079, -19.406, -19.533, -23.138, -24.972, -27.776, -30.102}},
    {Fault::imbalance, {-6.507, -12.658, -19.202, -19.597, -23.469, -25.360, -27.762, -29.672}},
    {Fault::contamination, {-5.997, -10.247, -15.946, -15.227, -19.639, -20.076, -22.657, -25.976}},
}};

TEST(SimulatorFrozen, VersionOneSoundsAsItDid) {
  ASSERT_EQ(kSimulatorVersion, kFrozenVersion) << "measure the new version, and write down why it was needed";
  for (const Frozen& expected : kFrozen) {
    const Bands bands = bands_of(expected.fault);
    for (std::size_t b = 0; b < bands.size(); ++b)
      EXPECT_NEAR(bands[b], expected.bands[b], 0.02) << to_string(expected.fault) << ", bands from " << 8 * b;
  }
}

}  // namespace
}  // namespace auscult
