#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "simulate/machine_clip.h"

namespace auscult {
namespace {

constexpr std::array<MachineFamily, 3> kFamilies = {MachineFamily::pump, MachineFamily::fan, MachineFamily::gearbox};
constexpr std::array<Operation, 2> kOperations = {Operation::steady, Operation::variable};

MachineClipRequest short_clip(MachineFamily family, Operation operation, Fault fault = Fault::none, int index = 0) {
  MachineClipRequest request{family, operation, {}};
  request.clip.fault = fault;
  request.clip.index = index;
  request.clip.seconds = 1.0;
  request.clip.channels = 1;
  return request;
}

std::vector<float> sound(const MachineClipRequest& request) {
  return render_machine_clip(request).interleaved;
}

double rms(const std::vector<float>& x, std::size_t first, std::size_t last) {
  double sum = 0.0;
  for (std::size_t i = first; i < last; ++i) sum += static_cast<double>(x[i]) * x[i];
  return std::sqrt(sum / static_cast<double>(last - first));
}

TEST(MachineClip, EqualRequestsGiveEqualSamplesForEveryFault) {
  for (const MachineFamily family : kFamilies)
    for (const Operation operation : kOperations)
      for (const Fault fault : faults_of(family))
        EXPECT_EQ(sound(short_clip(family, operation, fault)), sound(short_clip(family, operation, fault)))
            << to_string(family) << " " << to_string(fault);
}

TEST(MachineClip, EveryFieldOfTheRequestGivesAnotherRecording) {
  std::set<std::vector<float>> recordings;
  std::size_t requests = 0;
  const auto add = [&](const MachineClipRequest& request) {
    recordings.insert(sound(request));
    ++requests;
  };
  for (const MachineFamily family : kFamilies)
    for (const Operation operation : kOperations) {
      MachineClipRequest request = short_clip(family, operation);
      add(request);
      request.clip.index = 1;
      add(request);
      request.clip.machine = 1;
      add(request);
      request.clip.seed = 2;
      add(request);
      add(short_clip(family, operation, Fault::bearing));
    }
  EXPECT_EQ(recordings.size(), requests);
}

TEST(MachineClip, SamplesAreFiniteAndWithinFullScale) {
  for (const MachineFamily family : kFamilies)
    for (const Operation operation : kOperations)
      for (const Fault fault : faults_of(family)) {
        MachineClipRequest request = short_clip(family, operation, fault);
        request.clip.severity = 1.0;
        for (const float sample : sound(request)) {
          ASSERT_TRUE(std::isfinite(sample)) << to_string(family) << " " << to_string(fault);
          ASSERT_LT(std::abs(sample), 1.0F) << to_string(family) << " " << to_string(fault);
        }
      }
}

TEST(MachineClip, MoreMicrophonesDoNotChangeTheFirst) {
  for (const MachineFamily family : kFamilies) {
    MachineClipRequest request = short_clip(family, Operation::variable, Fault::bearing);
    const std::vector<float> mono = sound(request);
    request.clip.channels = 4;
    const std::vector<float> four = sound(request);
    ASSERT_EQ(four.size(), 4 * mono.size());
    for (std::size_t i = 0; i < mono.size(); ++i) ASSERT_EQ(four[4 * i], mono[i]) << i;
  }
}

// Every fault of every family must do something once it sets in, and nothing before.
TEST(MachineClip, AFaultThatSetsInLeavesWhatIsBeforeItAlone) {
  for (const MachineFamily family : kFamilies)
    for (const Fault fault : faults_of(family)) {
      MachineClipRequest request = short_clip(family, Operation::steady, fault);
      request.clip.seconds = 4.0;
      request.clip.fault_onset = 2.0;
      request.clip.severity = 0.0;
      std::vector<float> mild = sound(request);
      request.clip.severity = 1.0;
      const std::vector<float> strong = sound(request);
      for (std::size_t i = 0; i < mild.size(); ++i) mild[i] -= strong[i];
      const double before = rms(mild, 0, 31000) / rms(strong, 0, 31000),
                   after = rms(mild, 40000, 64000) / rms(strong, 40000, 64000);
      EXPECT_LT(before, 0.05) << to_string(family) << " " << to_string(fault);
      EXPECT_GT(after, 0.2) << to_string(family) << " " << to_string(fault);
    }
}

TEST(MachineClip, AbnormalRecordingsGoThroughTheFamilysFaultsInTurn) {
  for (const MachineFamily family : kFamilies) {
    const auto faults = faults_of(family);
    const int kinds = static_cast<int>(faults.size());
    for (int i = 0; i < 2 * kinds; ++i) {
      const MachineClipRequest request = abnormal_machine_clip(family, Operation::variable, 3, 1, i);
      EXPECT_EQ(request.clip.fault, faults[static_cast<std::size_t>(i % kinds)]);
      EXPECT_EQ(request.clip.index, i / kinds);
      EXPECT_EQ(request.clip.seed, 3U);
      EXPECT_EQ(request.clip.machine, 1);
      EXPECT_EQ(request.operation, Operation::variable);
    }
  }
}

TEST(MachineClip, NamesReadBack) {
  for (const MachineFamily family : kFamilies) EXPECT_EQ(machine_family_from_string(to_string(family)), family);
  for (const Operation operation : kOperations) EXPECT_EQ(operation_from_string(to_string(operation)), operation);
  EXPECT_EQ(machine_family_from_string("valve"), std::nullopt);
  EXPECT_EQ(operation_from_string(""), std::nullopt);
  for (const MachineFamily family : kFamilies)
    for (const Fault fault : faults_of(family)) EXPECT_EQ(fault_from_string(to_string(fault)), fault);
}

}  // namespace
}  // namespace auscult
