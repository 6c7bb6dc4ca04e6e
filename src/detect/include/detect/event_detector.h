// From the live fused score to events: threshold, k-of-n confirmation, hysteresis, hold and cool-down.
// Thread rule: one object, one thread. Allocation-free after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "auscult/error.h"

namespace auscult {

struct EventPolicy {
  double threshold = 6.0;   ///< live fused score (u) above which a hop counts as anomalous
  double hysteresis = 0.5;  ///< an event ends only below threshold - hysteresis ...
  double hold_s = 1.0;      ///< ... for this long
  int confirm_k = 8;        ///< an event begins when k of the last n judged hops are anomalous
  int confirm_n = 16;
  double cooldown_s = 5.0;  ///< time after an event during which hops are ignored
  bool operator==(const EventPolicy&) const = default;
};
/// Errors: bad_input naming the field.
Status validate(const EventPolicy& policy);

/// A live score as the detector needs it.
struct ScoredHop {
  double time_s = 0.0;
  double fused = 0.0;
  int leading_detector = 0;
  bool judged =
      true;  ///< false: machine off, demo model, gap; the hop counts as not anomalous, as if its score were NaN
};

/// A stretch of anomalous hops, reported twice: when it is confirmed and when it has ended.
struct Detection {
  bool ended = false;
  std::int64_t id = 0;      ///< 1, 2, ... within a run
  double start_s = 0.0;     ///< stream time of the first anomalous hop
  double end_s = 0.0;       ///< stream time of the last hop at or above threshold - hysteresis
  double peak_score = 0.0;  ///< largest live fused score
  double peak_s = 0.0;
  double threshold = 0.0;  ///< in force when it began
  int peak_detector = 0;   ///< index of the detector that gave the peak
};

class EventDetector {
 public:
  /// Precondition: validate(policy) succeeded.
  explicit EventDetector(const EventPolicy& policy);
  /// Takes effect with the next hop, which is judged together with the preceding hops under the new threshold. It also
  /// applies to an active event. A threshold that is not finite is ignored.
  void set_threshold(double threshold);
  const EventPolicy& policy() const { return policy_; }

  /// Times must not go backward. At most one report per hop: an event ends on one hop and the next begins on a later
  /// one.
  std::optional<Detection> push(const ScoredHop& hop);
  /// Ends an active event, at the end of the stream.
  std::optional<Detection> finish();
  bool active() const { return active_; }
  const Detection& current() const { return detection_; }

 private:
  struct Hop {
    double time_s;
    double score;
    int detector;
  };
  static constexpr double kLongAgo = -std::numeric_limits<double>::infinity();

  std::optional<Detection> look_for_event(const Hop& hop);
  std::optional<Detection> continue_event(const Hop& hop);
  std::optional<Detection> end_event();
  bool anomalous(const Hop& hop) const;
  void keep_peak(const Hop& hop);
  void forget();

  EventPolicy policy_;
  Detection detection_;
  bool active_ = false;
  std::vector<Hop> recent_;  // ring of the last confirm_n hops
  std::size_t next_ = 0;
  double cooldown_until_s_ = kLongAgo;
  std::int64_t next_id_ = 1;
};

/// The threshold below which an EventDetector with this policy would have begun an event: the k-th largest of the last
/// n hops, at its maximum over time. Rates of events are computed from it. Thread rule: one object, one thread.
class ConfirmedPeak {
 public:
  explicit ConfirmedPeak(const EventPolicy& policy);
  /// As EventDetector::push.
  void push(const ScoredHop& hop);
  /// -infinity while fewer than confirm_k hops were judged.
  double value() const { return peak_; }
  void reset();

 private:
  std::size_t k_;
  std::vector<double> recent_, sorted_;
  std::size_t next_ = 0;
  double peak_ = -std::numeric_limits<double>::infinity();
};

}  // namespace auscult
