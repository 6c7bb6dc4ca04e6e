// The span of stream time that the plots show: it follows the newest sound, or stays where the user has moved it. A
// value without drawing. Thread rule: UI thread. Units: seconds of stream time.
#pragma once

#include <optional>

#include "gui/history.h"

namespace auscult::gui {

class TimeView {
 public:
  static constexpr double kShortest = 2.0, kLongest = 1800.0, kDefault = 60.0;

  /// The available range: from the oldest sound in memory to the end of the newest.
  struct Extent {
    double oldest = 0.0, newest = 0.0;
  };

  TimeSpan span(const Extent& extent) const;
  double seconds() const { return seconds_; }
  bool following() const { return !end_; }

  /// Multiplies the visible span by `factor`. `anchor` keeps its place on the screen; a view that follows keeps the
  /// newest sound at its end instead.
  void zoom(double factor, std::optional<double> anchor, const Extent& extent);
  /// Toward later times if `seconds` is positive. After reaching the newest sound, the view follows again.
  void pan(double seconds, const Extent& extent);
  /// Centers a time and stops following.
  void show(double time, const Extent& extent);
  void follow() { end_.reset(); }
  void set_seconds(double seconds);

 private:
  void settle(double end, const Extent& extent);

  double seconds_ = kDefault;
  std::optional<double> end_;  // nothing: follows
};

}  // namespace auscult::gui
