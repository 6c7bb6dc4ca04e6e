// The sound around an event: some seconds before it from a history, then what follows until some seconds after its end.
// Thread rule: the analysis thread.
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
  /// Starts a clip `age_s` seconds after the event began; includes the history before that.
  void begin(double age_s);
  /// The event has ended: the clip is complete some seconds later.
  void end();
  bool recording() const { return recording_; }
  /// True once the sound after the event is complete, or the clip has reached its maximum length.
  bool complete() const;
  /// Returns the clip so far and ends it.
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
