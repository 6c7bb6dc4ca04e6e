// Drawing times of the latest pictures, for the statistics in the log. Thread rule: one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace auscult::gui {

class FrameTimes {
 public:
  void add(double seconds) {
    times_[next_] = seconds;
    next_ = (next_ + 1) % times_.size();
    count_ = std::min(count_ + 1, times_.size());
  }
  std::size_t count() const { return count_; }
  /// The time that a share (0-1) of the latest 1024 pictures did not exceed; 0 if there are none.
  double quantile(double share) const {
    if (count_ == 0) return 0.0;
    std::array<double, kMost> sorted = times_;
    const auto at = std::min(count_ - 1, static_cast<std::size_t>(share * static_cast<double>(count_)));
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at),
                     sorted.begin() + static_cast<std::ptrdiff_t>(count_));
    return sorted[at];
  }

 private:
  static constexpr std::size_t kMost = 1024;
  std::array<double, kMost> times_{};
  std::size_t next_ = 0, count_ = 0;
};

}  // namespace auscult::gui
