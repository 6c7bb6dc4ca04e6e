#include "base/duration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace auscult {

std::string format_duration(double seconds) {
  const double known = std::max(0.0, seconds);
  const long whole = std::lround(known);
  char text[64];
  // The limits follow the rounding, so that "10.0 s" and "60 min 00 s" never appear.
  if (known < 9.95) {
    std::snprintf(text, sizeof text, "%.1f s", known);
  } else if (known < 99.5) {
    std::snprintf(text, sizeof text, "%ld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%ld min %02ld s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
  }
  return text;
}

}  // namespace auscult
