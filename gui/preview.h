// Preview of alarms: the events that a policy finds in the history, without affecting the running monitor. Thread rule:
// UI thread.
#pragma once

#include <vector>

#include "detect/event_detector.h"
#include "gui/history.h"

namespace auscult::gui {

/// Runs the live monitor's EventDetector over the whole history; an event still active at the end counts.
std::vector<Detection> events_in(const History& history, const EventPolicy& policy);

}  // namespace auscult::gui
