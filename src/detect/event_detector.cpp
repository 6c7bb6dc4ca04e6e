#include "detect/event_detector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

namespace auscult {
namespace {

constexpr int kMaximumConfirm = 10000;

Status bad_field(const char* field, const char* must) {
  return fail(ErrorCode::bad_input, std::string("event policy: ") + field + " must be " + must, field,
              "correct it in the settings or the preset");
}

constexpr double kNotJudged = -std::numeric_limits<double>::infinity();

double judged_score(const ScoredHop& hop) {
  return hop.judged && !std::isnan(hop.fused) ? hop.fused : kNotJudged;
}

bool is_duration(double seconds) {
  return std::isfinite(seconds) && seconds >= 0.0;
}

}  // namespace

Status validate(const EventPolicy& policy) {
  if (!std::isfinite(policy.threshold)) return bad_field("threshold", "a finite number");
  if (!is_duration(policy.hysteresis)) return bad_field("hysteresis", "a finite number, 0 or more");
  if (!is_duration(policy.hold_s)) return bad_field("hold_s", "a time of 0 s or more");
  if (!is_duration(policy.cooldown_s)) return bad_field("cooldown_s", "a time of 0 s or more");
  if (policy.confirm_n < 1 || policy.confirm_n > kMaximumConfirm) return bad_field("confirm_n", "between 1 and 10000");
  if (policy.confirm_k < 1 || policy.confirm_k > policy.confirm_n)
    return bad_field("confirm_k", "between 1 and confirm_n");
  return {};
}

EventDetector::EventDetector(const EventPolicy& policy) : policy_(policy) {
  recent_.resize(static_cast<std::size_t>(std::clamp(policy.confirm_n, 1, kMaximumConfirm)));
  forget();
}

void EventDetector::set_threshold(double threshold) {
  if (std::isfinite(threshold)) policy_.threshold = threshold;
}

std::optional<Detection> EventDetector::push(const ScoredHop& scored) {
  const Hop hop{scored.time_s, judged_score(scored), scored.leading_detector};
  return active_ ? continue_event(hop) : look_for_event(hop);
}

std::optional<Detection> EventDetector::look_for_event(const Hop& hop) {
  if (hop.time_s < cooldown_until_s_) return std::nullopt;
  recent_[next_] = hop;
  next_ = (next_ + 1) % recent_.size();
  // Only an anomalous hop can begin an event: a lowered threshold or a hop that is not judged cannot.
  if (!anomalous(hop)) return std::nullopt;
  const auto count = std::count_if(recent_.begin(), recent_.end(), [this](const Hop& h) { return anomalous(h); });
  if (count < policy_.confirm_k) return std::nullopt;

  active_ = true;
  detection_ = Detection{};
  detection_.id = next_id_++;
  detection_.threshold = policy_.threshold;
  detection_.start_s = detection_.peak_s = detection_.end_s = hop.time_s;
  detection_.peak_score = hop.score;
  detection_.peak_detector = hop.detector;
  for (std::size_t i = 0; i < recent_.size(); ++i) {
    const Hop& h = recent_[(next_ + i) % recent_.size()];  // oldest first
    if (!anomalous(h)) continue;
    detection_.start_s = std::min(detection_.start_s, h.time_s);
    keep_peak(h);
  }
  return detection_;
}

std::optional<Detection> EventDetector::continue_event(const Hop& hop) {
  if (hop.score >= policy_.threshold - policy_.hysteresis) {
    detection_.end_s = hop.time_s;
    keep_peak(hop);
    return std::nullopt;
  }
  if (hop.time_s - detection_.end_s < policy_.hold_s) return std::nullopt;
  cooldown_until_s_ = hop.time_s + policy_.cooldown_s;
  return end_event();
}

std::optional<Detection> EventDetector::finish() {
  if (active_) return end_event();
  forget();
  return std::nullopt;
}

std::optional<Detection> EventDetector::end_event() {
  active_ = false;
  forget();
  detection_.ended = true;
  return detection_;
}

bool EventDetector::anomalous(const Hop& hop) const {
  return hop.score > policy_.threshold;
}

void EventDetector::keep_peak(const Hop& hop) {
  if (hop.score <= detection_.peak_score) return;
  detection_.peak_score = hop.score;
  detection_.peak_s = hop.time_s;
  detection_.peak_detector = hop.detector;
}

void EventDetector::forget() {
  std::fill(recent_.begin(), recent_.end(), Hop{0.0, kNotJudged, 0});
  next_ = 0;
}

ConfirmedPeak::ConfirmedPeak(const EventPolicy& policy)
    : k_(static_cast<std::size_t>(std::clamp(policy.confirm_k, 1, std::clamp(policy.confirm_n, 1, kMaximumConfirm)))),
      recent_(static_cast<std::size_t>(std::clamp(policy.confirm_n, 1, kMaximumConfirm))),
      sorted_(recent_.size()) {
  reset();
}

void ConfirmedPeak::push(const ScoredHop& hop) {
  recent_[next_] = judged_score(hop);
  next_ = (next_ + 1) % recent_.size();
  sorted_ = recent_;
  const auto kth = sorted_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
  std::nth_element(sorted_.begin(), kth, sorted_.end(), std::greater<>());
  peak_ = std::max(peak_, *kth);
}

void ConfirmedPeak::reset() {
  std::fill(recent_.begin(), recent_.end(), kNotJudged);
  next_ = 0;
  peak_ = kNotJudged;
}

}  // namespace auscult
