#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "scoring/step_spool.h"

namespace auscult {
namespace {

StepEnergy step(int detector, std::int64_t frame) {
  StepEnergy energy;
  energy.detector = detector;
  energy.frame = frame;
  energy.time_s = 0.032 * static_cast<double>(frame);
  energy.energy = -1.5 * static_cast<double>(frame);
  energy.energies.dagmm = energy.energy - 1;
  energy.u = energy.energy + 1;
  if (detector == 0) energy.why = {static_cast<float>(frame), 2.0F, 3.0F};
  return energy;
}

TEST(StepSpool, GivesBackEveryStepOfEachDetectorInOrder) {
  StepSpool spool(2, true);
  constexpr std::int64_t kSteps = 20000;  // several blocks of the file
  for (std::int64_t i = 0; i < kSteps; ++i) {
    spool.push(step(0, i));
    if (i % 16 == 0) spool.push(step(1, i));
  }
  ASSERT_TRUE(spool.status());
  const std::vector<StepRange> all = spool.all();
  EXPECT_EQ(all[0].last, kSteps);
  EXPECT_EQ(all[1].last, kSteps / 16);
  std::int64_t next = 100;
  spool.for_each(0, {100, kSteps}, [&](const SpooledStep& got) {
    ASSERT_EQ(got.frame, next);
    ASSERT_EQ(got.energy, -1.5 * static_cast<double>(next));
    ASSERT_EQ(got.dagmm, got.energy - 1);
    ASSERT_EQ(got.u, got.energy + 1);
    ++next;
  });
  EXPECT_EQ(next, kSteps);
  next = 0;
  spool.for_each_why(0, all[0], [&](std::span<const float> why) {
    ASSERT_EQ(why.size(), 3U);
    ASSERT_EQ(why[0], static_cast<float>(next++));
  });
  EXPECT_EQ(next, kSteps);
  spool.for_each_why(1, all[1], [](std::span<const float> why) { ASSERT_TRUE(why.empty()); });
}

TEST(StepSpool, ReportsThatThereIsNoSpace) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  setenv("TMPDIR", "/no/such/folder", 1);
  StepSpool spool(1, false);
  for (std::int64_t i = 0; i < 100; ++i) spool.push(step(0, i));
  EXPECT_TRUE(spool.status()) << "a short recording needs no file";
  for (std::int64_t i = 0; i < 10000; ++i) spool.push(step(0, i));
  before ? setenv("TMPDIR", kept.c_str(), 1) : unsetenv("TMPDIR");
  ASSERT_FALSE(spool.status());
  EXPECT_EQ(spool.status().error().code, ErrorCode::write_failed);
}

}  // namespace
}  // namespace auscult
