#include "gui/plot/time_view.h"

#include <algorithm>

namespace auscult::gui {

TimeSpan TimeView::span(const Extent& extent) const {
  const double end = end_.value_or(extent.newest);
  return {end - seconds_, end};
}

void TimeView::set_seconds(double seconds) {
  seconds_ = std::clamp(seconds, kShortest, kLongest);
}

// The view stays within the sound in memory: it stops at the oldest, and follows once it has reached the newest.
void TimeView::settle(double end, const Extent& extent) {
  end = std::max(end, std::min(extent.oldest + seconds_, extent.newest));
  if (end >= extent.newest) {
    end_.reset();
  } else {
    end_ = end;
  }
}

void TimeView::zoom(double factor, std::optional<double> anchor, const Extent& extent) {
  const TimeSpan before = span(extent);
  set_seconds(seconds_ * factor);
  if (following()) return;
  const double fixed = std::clamp(anchor.value_or(0.5 * (before.begin + before.end)), before.begin, before.end);
  const double share = (before.end - fixed) / (before.end - before.begin);
  settle(fixed + share * seconds_, extent);
}

void TimeView::pan(double seconds, const Extent& extent) {
  settle(span(extent).end + seconds, extent);
}

void TimeView::show(double time, const Extent& extent) {
  settle(time + 0.5 * seconds_, extent);
}

}  // namespace auscult::gui
