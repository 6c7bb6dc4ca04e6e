// Kinds of event. Thread rule: any thread.
#pragma once

#include "events/event.h"

namespace auscult {

/// In the field `detector` of an event that reports a slow change of normal sound (docs/serve.md). No detector has this
/// name.
inline constexpr const char* kDriftDetector = "drift";

/// "drift" or "anomaly": the field "kind" of to_json().
inline const char* kind_of(const Event& event) {
  return event.detector == kDriftDetector ? "drift" : "anomaly";
}

}  // namespace auscult
