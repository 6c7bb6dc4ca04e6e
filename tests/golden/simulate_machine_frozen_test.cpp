// Version 2 of the simulator is frozen too: these are its mean log-mel levels in dB, in eight groups of neighboring
// bands. A difference means another simulator: it needs another version, a reason in docs/decisions, and new
// measurements for every table.
#include <array>
#include <cmath>
#include <cstddef>

#include <gtest/gtest.h>

#include "dsp/log_mel_frontend.h"
#include "simulate/machine_clip.h"

namespace auscult {
namespace {

using Bands = std::array<double, 8>;

struct Frozen {
  MachineFamily family;
  Operation operation;
  Fault fault;
  Bands bands;
};

Bands bands_of(const Frozen& frozen) {
  MachineClipRequest request{frozen.family, frozen.operation, {}};
  request.clip.seed = 7;
  request.clip.machine = 1;
  request.clip.fault = frozen.fault;
  request.clip.index = 2;
  request.clip.severity = 0.8;
  request.clip.seconds = 3.0;
  request.clip.channels = 1;
  const PumpClip clip = render_machine_clip(request);
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

constexpr int kFrozenVersion = 2;
constexpr MachineFamily kPump = MachineFamily::pump, kFan = MachineFamily::fan, kGearbox = MachineFamily::gearbox;
constexpr Operation kSteady = Operation::steady, kVariable = Operation::variable;
constexpr std::array<Frozen, 19> kFrozen = {{
    {kPump, kSteady, Fault::none, {-6.546, -10.827, -17.213, -16.451, -21.475, -23.153, -25.962, -28.053}},
    {kPump, kVariable, Fault::none, {-7.604, -9.412, -15.639, -14.097, -19.145, -20.548, -23.869, -26.283}},
    {kPump, kVariable, Fault::bearing, {-10.162, -11.428, -17.504, -17.008, -16.505, -21.425, -25.865, -26.095}},
    {kFan, kSteady, Fault::none, {-8.312, -16.064, -18.461, -18.599, -19.265, -23.421, -26.227, -29.142}},
    {kFan, kSteady, Fault::bearing, {-9.039, -17.286, -18.435, -19.737, -20.847, -17.200, -26.139, -26.181}},
    {kFan, kSteady, Fault::imbalance, {-9.436, -15.410, -17.327, -17.762, -19.052, -22.280, -26.131, -30.054}},
    {kFan, kSteady, Fault::blade_damage, {-7.885, -15.920, -17.939, -18.921, -19.724, -24.332, -26.103, -28.728}},
    {kFan, kSteady, Fault::clog, {-8.472, -14.418, -18.969, -19.754, -21.911, -24.969, -27.702, -30.419}},
    {kFan, kSteady, Fault::belt, {-10.154, -14.794, -16.792, -17.412, -21.535, -25.190, -27.225, -28.919}},
    {kFan, kSteady, Fault::rub, {-10.088, -17.552, -20.171, -19.288, -21.550, -22.596, -19.461, -25.595}},
    {kFan, kVariable, Fault::none, {-9.131, -14.917, -15.990, -17.504, -20.799, -25.173, -27.071, -29.331}},
    {kFan, kVariable, Fault::rub, {-7.808, -14.163, -15.409, -14.944, -16.266, -16.795, -21.589, -26.945}},
    {kGearbox, kSteady, Fault::none, {-11.237, -13.686, -17.701, -20.356, -19.934, -20.086, -27.398, -30.024}},
    {kGearbox, kSteady, Fault::bearing, {-11.173, -13.343, -17.481, -19.417, -19.481, -17.715, -21.538, -24.596}},
    {kGearbox, kSteady, Fault::tooth_damage, {-12.361, -13.837, -17.343, -17.400, -20.969, -20.506, -19.332, -29.196}},
    {kGearbox, kSteady, Fault::wear, {-12.444, -14.107, -18.803, -20.699, -19.060, -20.453, -28.565, -31.234}},
    {kGearbox, kSteady, Fault::misalignment, {-9.844, -13.627, -17.691, -20.186, -20.324, -21.055, -27.518, -29.906}},
    {kGearbox, kSteady, Fault::lubrication, {-10.259, -12.377, -17.312, -18.630, -17.135, -14.560, -18.684, -27.009}},
    {kGearbox, kVariable, Fault::none, {-11.499, -13.784, -17.643, -19.895, -20.302, -19.853, -27.190, -29.956}},
}};

TEST(SimulatorFrozen, VersionTwoSoundsAsItDid) {
  ASSERT_EQ(kMachineSimulatorVersion, kFrozenVersion) << "measure the new version, and write down why it was needed";
  for (const Frozen& expected : kFrozen) {
    const Bands bands = bands_of(expected);
    for (std::size_t b = 0; b < bands.size(); ++b)
      EXPECT_NEAR(bands[b], expected.bands[b], 0.02)
          << to_string(expected.operation) << " " << to_string(expected.family) << ", " << to_string(expected.fault)
          << ", bands from " << 8 * b;
  }
}

}  // namespace
}  // namespace auscult
