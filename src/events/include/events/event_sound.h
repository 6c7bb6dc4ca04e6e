// The sound around an event: what was heard before it from a history, then what follows, until some seconds after its
// end. Thread rule: the analysis thread.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace auscult {

class EventSound {
 public:
  explicit EventSound(int sample_rate);

  void push(std::span<const float> samples);
  /// Starts a clip `age_s` seconds after the event began: the history before that is part of it.
  void begin(double age_s);
  /// The event has ended: the clip is complete some seconds later.
  void end();
  bool recording() const { return recording_; }
  /// True once the sound after the event is in, or the clip has reached its longest length.
  bool complete() const;
  /// The clip so far; ends it.
  std::vector<float> take();

 private:
  std::int64_t seconds(double s) const { return static_cast<std::int64_t>(s * rate_); }
  int rate_;
  std::deque<float> history_;
  std::vector<float> clip_;
  bool recording_ = false, ending_ = false;
  std::int64_t after_end_ = 0;
};

}  // namespace auscult
