// Recent levels from the history: for hints before a recording starts, and for the warning that the level differs from
// the model's training data (monitor/mismatch.h). Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "gui/history.h"
#include "monitor/recording.h"

namespace auscult::gui {

/// The newest complete seconds, oldest first, at most `most`; seconds without data are left out.
std::vector<SecondLevel> recent_seconds(const History& history, std::size_t most);

/// Mean level (as power) of the last ten seconds, dBFS; nothing if there are fewer than five.
std::optional<double> recent_level(const History& history);

}  // namespace auscult::gui
