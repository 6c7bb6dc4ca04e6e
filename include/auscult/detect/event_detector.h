// From the live fused score to events: threshold, k-of-n confirmation, hysteresis, hold and cool-down.
// Thread rule: one object, one thread. Allocation-free after construction.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "auscult/base/error.h"

namespace auscult {

struct EventPolicy {
  double threshold = 6.0;    ///< live fused score (u) above which a hop counts as anomalous
  double hysteresis = 0.5;   ///< an event ends only below threshold - hysteresis ...
  double hold_s = 1.0;       ///< ... for this long
  int confirm_k = 8;         ///< an event begins when k of the last n judged hops are anomalous
  int confirm_n = 16;
  double cooldown_s = 5.0;   ///< no new event this long after one has ended; a new one within it reopens nothing
  bool operator==(const EventPolicy&) const = default;
};
/// Errors: bad_input naming the field.
Status validate(const EventPolicy& policy);

struct Event {
  std::int64_t id = 0;         ///< 1, 2, ... within a run
  double start_s = 0.0;        ///< stream time of the first anomalous hop
  double end_s = 0.0;          ///< stream time of the last anomalous hop
  double peak_score = 0.0;     ///< largest live fused score
  double peak_s = 0.0;
  double threshold = 0.0;      ///< in force when it began
  int peak_detector = 0;       ///< index of the detector that gave the peak
};

enum class EventEdge { began, ended };
struct EventTransition {
  EventEdge edge;
  Event event;
};

class EventDetector {
 public:
  explicit EventDetector(const EventPolicy& policy);
  /// Acts from the next hop on; an event under way goes on under the new threshold.
  void set_threshold(double threshold);
  const EventPolicy& policy() const { return policy_; }

  /// One hop. `judged` false (machine off, demo model, gap) counts as not anomalous. Times must not go backwards.
  std::optional<EventTransition> push(double time_s, double fused, int leading_detector, bool judged);
  /// Ends an event under way, at the end of the stream.
  std::optional<EventTransition> finish();
  bool active() const { return active_; }
  const Event& current() const { return event_; }

 private:
  EventPolicy policy_;
  Event event_;
  bool active_ = false;
  std::vector<std::uint8_t> recent_;  // ring of the last confirm_n decisions
  std::vector<double> recent_times_;
  std::size_t next_ = 0;
  double last_above_s_ = 0.0, cooldown_until_s_ = 0.0;
  std::int64_t next_id_ = 1;
};

}  // namespace auscult
