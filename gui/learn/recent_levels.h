// How loud it has been lately, from the history that is drawn: for hints before anything is recorded, and for the
// warning that a model meets another loudness (auscult/engine/mismatch.h). Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "gui/history.h"
#include "monitor/recording.h"

namespace auscult::gui {

/// The newest whole seconds, oldest first, at most `most`; seconds of which nothing was fetched are left out.
std::vector<SecondLevel> recent_seconds(const History& history, std::size_t most);

/// Mean level (as power) of the last ten seconds, dBFS; nothing while there are fewer than five.
std::optional<double> recent_level(const History& history);

}  // namespace auscult::gui
