// Durations as text. Thread rule: pure function.
#pragma once

#include <string>

namespace auscult {

/// "0.8 s", "12 s", "2 min 05 s", "1 h 02 min": with a precision suited to display. Negative counts as 0.
std::string format_duration(double seconds);

}  // namespace auscult
