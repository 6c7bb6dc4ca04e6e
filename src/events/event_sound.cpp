#include "events/event_sound.h"

#include <algorithm>
#include <utility>

namespace auscult {
namespace {
constexpr double kBefore = 5.0;     // seconds of sound before an event
constexpr double kAfter = 5.0;      // and after it
constexpr double kLongest = 120.0;  // a fault that lasts for hours can be recognized from two minutes
constexpr double kHistory = 30.0;   // an event is confirmed some time after it began
}  // namespace

EventSound::EventSound(int sample_rate) : rate_(sample_rate) {}

void EventSound::push(std::span<const float> samples) {
  history_.insert(history_.end(), samples.begin(), samples.end());
  const auto limit = static_cast<std::size_t>(seconds(kHistory));
  if (history_.size() > limit)
    history_.erase(history_.begin(), history_.begin() + static_cast<std::ptrdiff_t>(history_.size() - limit));
  if (!recording_ || complete()) return;
  clip_.insert(clip_.end(), samples.begin(), samples.end());
  if (ending_) after_end_ += static_cast<std::int64_t>(samples.size());
}

void EventSound::begin(double age_s) {
  const auto wanted = std::min<std::int64_t>(seconds(kBefore + age_s), static_cast<std::int64_t>(history_.size()));
  clip_.assign(history_.end() - wanted, history_.end());
  recording_ = true;
  ending_ = false;
  after_end_ = 0;
}

void EventSound::end() {
  ending_ = true;
}

bool EventSound::complete() const {
  return recording_ &&
         ((ending_ && after_end_ >= seconds(kAfter)) || static_cast<std::int64_t>(clip_.size()) >= seconds(kLongest));
}

std::vector<float> EventSound::take() {
  recording_ = false;
  return std::exchange(clip_, {});
}

}  // namespace auscult
