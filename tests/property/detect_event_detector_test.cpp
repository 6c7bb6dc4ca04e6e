#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "detect/event_detector.h"

namespace auscult {
namespace {

struct Hop {
  double time_s;
  double score;
  bool judged;
};

EventPolicy any_policy() {
  EventPolicy policy;
  policy.threshold = 5.0;
  policy.hysteresis = *rc::gen::inRange(0, 4);
  policy.hold_s = *rc::gen::inRange(0, 5) * 0.25;
  policy.confirm_n = *rc::gen::inRange(1, 8);
  policy.confirm_k = *rc::gen::inRange(1, policy.confirm_n + 1);
  policy.cooldown_s = *rc::gen::inRange(0, 8) * 0.25;
  return policy;
}

// Runs of like scores, so that events do begin and end.
std::vector<Hop> any_stream() {
  const auto runs = *rc::gen::container<std::vector<std::tuple<int, int, bool>>>(rc::gen::tuple(
      rc::gen::inRange(0, 12), rc::gen::inRange(1, 9), rc::gen::weightedElement<bool>({{6, true}, {1, false}})));
  std::vector<Hop> hops;
  double time = 0.0;
  for (const auto& [score, length, judged] : runs)
    for (int i = 0; i < length; ++i, time += 0.125) hops.push_back({time, static_cast<double>(score), judged});
  return hops;
}

RC_GTEST_PROP(EventDetector, MakesEventsThatAreOrderedApartAndWorthTheName, ()) {
  const EventPolicy policy = any_policy();
  RC_ASSERT(validate(policy).has_value());
  const std::vector<Hop> hops = any_stream();
  EventDetector detector(policy);
  std::vector<Detection> detections;
  for (const Hop& hop : hops) {
    const auto detection = detector.push({.time_s = hop.time_s, .fused = hop.score, .judged = hop.judged});
    if (!detection) continue;
    if (!detection->ended) RC_ASSERT(hop.judged && hop.score > policy.threshold);
    detections.push_back(*detection);
  }
  if (const auto last = detector.finish()) detections.push_back(*last);
  RC_ASSERT(!detector.active());
  RC_ASSERT(detections.size() % 2 == 0U);
  RC_CLASSIFY(detections.size() >= 4U, "several events");

  double free_from = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < detections.size(); i += 2) {
    RC_ASSERT(!detections[i].ended);
    RC_ASSERT(detections[i + 1].ended);
    const Detection& event = detections[i + 1];
    RC_ASSERT(event.id == static_cast<std::int64_t>(i / 2 + 1));
    RC_ASSERT(event.id == detections[i].id);
    RC_ASSERT(event.start_s > free_from);
    RC_ASSERT(event.start_s <= event.peak_s && event.peak_s <= event.end_s);
    RC_ASSERT(event.peak_score > event.threshold);
    const auto anomalous = std::count_if(hops.begin(), hops.end(), [&](const Hop& h) {
      return h.time_s >= event.start_s && h.time_s <= event.end_s && h.judged && h.score > policy.threshold;
    });
    RC_ASSERT(anomalous >= policy.confirm_k);
    free_from = event.end_s;
  }
}

RC_GTEST_PROP(EventDetector, IsQuietWhereNothingIsJudged, ()) {
  EventDetector detector(any_policy());
  for (const Hop& hop : any_stream())
    RC_ASSERT(!detector.push({.time_s = hop.time_s, .fused = hop.score, .judged = false}));
  RC_ASSERT(!detector.finish());
}

RC_GTEST_PROP(EventDetector, MissesNoLongRunOfAnomalousHops, ()) {
  const EventPolicy policy = any_policy();
  EventDetector detector(policy);
  bool began = false;
  for (int i = 0; i < policy.confirm_k; ++i) {
    const auto detection = detector.push({.time_s = i * 0.125, .fused = policy.threshold + 1.0});
    began = began || (detection && !detection->ended);
  }
  RC_ASSERT(began);
}

RC_GTEST_PROP(ConfirmedPeak, IsTheThresholdBelowWhichAnEventBegins, ()) {
  EventPolicy policy = any_policy();
  const std::vector<Hop> hops = any_stream();
  ConfirmedPeak peak(policy);
  for (const Hop& hop : hops) peak.push({.fused = hop.score, .judged = hop.judged});
  for (const double threshold : {-0.5, 0.5, 2.5, 5.5, 8.5, 11.5}) {
    policy.threshold = threshold;
    EventDetector detector(policy);
    bool began = false;
    for (const Hop& hop : hops) {
      const auto detection = detector.push({.time_s = hop.time_s, .fused = hop.score, .judged = hop.judged});
      began = began || (detection && !detection->ended);
    }
    RC_ASSERT(began == (peak.value() > threshold));
  }
}

}  // namespace
}  // namespace auscult
