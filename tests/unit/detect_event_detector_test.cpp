#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "detect/event_detector.h"

namespace auscult {
namespace {

constexpr double kHop = 0.1;

// Easy numbers: begins with the 2nd anomalous hop of 4, ends after 0.3 s below 5, then 1 s of cool-down.
EventPolicy easy_policy() {
  return {.threshold = 6.0, .hysteresis = 1.0, .hold_s = 0.3, .confirm_k = 2, .confirm_n = 4, .cooldown_s = 1.0};
}

struct Stream {
  EventDetector detector;
  std::vector<Detection> detections;
  int hop = 0;

  explicit Stream(const EventPolicy& policy = easy_policy()) : detector(policy) {}
  Stream& push(double score, int times = 1, bool judged = true, int leading = 0) {
    for (int i = 0; i < times; ++i)
      if (auto t =
              detector.push({.time_s = kHop * hop++, .fused = score, .leading_detector = leading, .judged = judged}))
        detections.push_back(*t);
    return *this;
  }
};

TEST(EventDetector, BeginsWithTheKthAnomalousHopAndStartsAtTheFirst) {
  Stream s;
  s.push(0.0, 10).push(7.0).push(0.0).push(0.0);
  EXPECT_TRUE(s.detections.empty());
  s.push(8.0);
  ASSERT_EQ(s.detections.size(), 1U);
  EXPECT_FALSE(s.detections[0].ended);
  EXPECT_EQ(s.detections[0].id, 1);
  EXPECT_DOUBLE_EQ(s.detections[0].start_s, 1.0);
  EXPECT_DOUBLE_EQ(s.detections[0].peak_score, 8.0);
  EXPECT_DOUBLE_EQ(s.detections[0].threshold, 6.0);
  EXPECT_TRUE(s.detector.active());
}

TEST(EventDetector, IgnoresAnomalousHopsThatAreTooFarApart) {
  Stream s;
  for (int i = 0; i < 20; ++i) s.push(9.0).push(0.0, 3);
  EXPECT_TRUE(s.detections.empty());
}

TEST(EventDetector, DoesNotCountAHopAtTheThreshold) {
  Stream s;
  s.push(6.0, 100);
  EXPECT_TRUE(s.detections.empty());
}

TEST(EventDetector, EndsOnlyBelowTheHysteresisForTheHold) {
  Stream s;
  s.push(7.0, 2);
  s.push(5.5, 50);                        // between: goes on
  s.push(4.0, 2).push(7.0).push(4.0, 2);  // too short a pause
  EXPECT_EQ(s.detections.size(), 1U);
  s.push(4.0, 2);
  ASSERT_EQ(s.detections.size(), 2U);
  EXPECT_TRUE(s.detections[1].ended);
  EXPECT_NEAR(s.detections[1].end_s, 5.4, 1e-12);  // the last hop above
  EXPECT_FALSE(s.detector.active());
}

TEST(EventDetector, RemembersWhereAndWhichDetectorThePeakWas) {
  Stream s;
  s.push(7.0, 1, true, 0).push(20.0, 1, true, 1).push(8.0, 3, true, 0);
  const Detection& event = s.detector.current();
  EXPECT_EQ(event.peak_score, 20.0);
  EXPECT_DOUBLE_EQ(event.peak_s, 0.1);
  EXPECT_EQ(event.peak_detector, 1);
}

TEST(EventDetector, LooksAwayDuringTheCoolDown) {
  Stream s;
  s.push(7.0, 2).push(0.0, 3);
  ASSERT_EQ(s.detections.size(), 2U);
  const double ended_at = kHop * (s.hop - 1);
  s.push(9.0, 30);
  ASSERT_EQ(s.detections.size(), 3U);
  EXPECT_EQ(s.detections[2].id, 2);
  EXPECT_GE(s.detections[2].start_s, ended_at + 1.0 - 1e-9);
}

TEST(EventDetector, NeverBeginsOnWhatIsNotJudged) {
  Stream s;
  s.push(100.0, 200, false);
  EXPECT_TRUE(s.detections.empty());
  s.push(std::numeric_limits<double>::quiet_NaN(), 200);
  EXPECT_TRUE(s.detections.empty());
}

TEST(EventDetector, EndsAnEventWhenTheMachineStops) {
  Stream s;
  s.push(7.0, 4).push(100.0, 10, false);
  ASSERT_EQ(s.detections.size(), 2U);
  EXPECT_TRUE(s.detections[1].ended);
  EXPECT_EQ(s.detections[1].peak_score, 7.0);
}

TEST(EventDetector, HasALoweredThresholdActOnTheNextHop) {
  Stream s;
  s.push(4.0, 10);
  s.detector.set_threshold(3.0);
  s.push(4.0);
  ASSERT_EQ(s.detections.size(), 1U);
  EXPECT_EQ(s.detections[0].threshold, 3.0);
}

TEST(EventDetector, LetsAnEventGoOnUnderARaisedThreshold) {
  Stream s;
  s.push(7.0, 2);
  s.detector.set_threshold(12.0);
  s.push(7.0, 5);
  ASSERT_EQ(s.detections.size(), 2U);
  EXPECT_TRUE(s.detections[1].ended);
  EXPECT_EQ(s.detections[1].threshold, 6.0);
  s.detector.set_threshold(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(s.detector.policy().threshold, 12.0);
}

TEST(EventDetector, EndsAnEventUnderWayAtTheEndOfTheStream) {
  Stream s;
  s.push(7.0, 3);
  const auto last = s.detector.finish();
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->ended);
  EXPECT_DOUBLE_EQ((*last).end_s, 0.2);
  EXPECT_FALSE(s.detector.finish());
}

TEST(EventPolicy, IsRefusedByTheNameOfTheWrongField) {
  EXPECT_TRUE(validate(EventPolicy{}));
  const auto wrong_field = [](EventPolicy policy) {
    const Status status = validate(policy);
    return status ? std::string() : status.error().context;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(wrong_field({.threshold = nan}), "threshold");
  EXPECT_EQ(wrong_field({.hysteresis = -1.0}), "hysteresis");
  EXPECT_EQ(wrong_field({.hold_s = nan}), "hold_s");
  EXPECT_EQ(wrong_field({.confirm_k = 0}), "confirm_k");
  EXPECT_EQ(wrong_field({.confirm_k = 17, .confirm_n = 16}), "confirm_k");
  EXPECT_EQ(wrong_field({.confirm_k = 1, .confirm_n = 0}), "confirm_n");
  EXPECT_EQ(wrong_field({.cooldown_s = -0.1}), "cooldown_s");
}

}  // namespace
}  // namespace auscult
