// Times of day in which nobody is notified. Thread rule: values; the time zone is that of the process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

/// A span of local time of day, in minutes since midnight, from `begin` to before `end`. It may cross midnight; equal
/// ends are the whole day.
struct QuietSpan {
  int begin = 0, end = 0;
  bool operator==(const QuietSpan&) const = default;
};

/// "22:00-06:00". Errors: usage.
Result<QuietSpan> parse_quiet_span(const std::string& text);

/// Whether that moment (ms since 1970) lies in one of the spans.
bool is_quiet(const std::vector<QuietSpan>& spans, std::int64_t time_ms);

}  // namespace auscult
