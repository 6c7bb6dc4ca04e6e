// Ranges that follow the data slowly enough to be readable: dB of a spectrogram, and the y axis of a trace. Thread
// rule: UI thread.
#pragma once

#include <span>

#include "gui/history.h"

namespace auscult::gui {

struct Range {
  double low = 0.0, high = 1.0;
  bool operator==(const Range&) const = default;
};

/// Percentiles of the cells of the last seconds, on a 5 dB grid. Moved only when they have clearly left it, because
/// every change recolors the whole picture. Or the user's setting.
class DecibelRange {
 public:
  /// Looks at the history about once a second of stream time.
  void follow(const History& history, Spectrum spectrum);
  const Range& range() const { return range_; }
  bool automatic() const { return automatic_; }
  /// Sets the range by hand until set_automatic(); at least 10 dB, within what cells can hold.
  void set(const Range& range);
  void set_automatic();

 private:
  Range range_{-60.0, 20.0};
  bool automatic_ = true;
  std::int64_t next_look_ = -1;
  std::uint64_t revision_ = 0;
};

/// y axis of a trace with a threshold: shows all ordinary values, but never so many that the threshold's line is
/// pressed to the bottom; a trace beyond the axis is cut off. NaN values are skipped.
Range trace_range(std::span<const float> values, double floor, double threshold);

}  // namespace auscult::gui
