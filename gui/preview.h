// What would have fired: the events that a policy makes of the history, without touching what runs. Thread rule: UI
// thread.
#pragma once

#include <vector>

#include "detect/event_detector.h"
#include "gui/history.h"

namespace auscult::gui {

/// Runs the same EventDetector as the live monitor over all that is held; an event that is under way at the end counts.
std::vector<Detection> events_in(const History& history, const EventPolicy& policy);

}  // namespace auscult::gui
