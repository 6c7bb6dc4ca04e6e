#include "service/quiet_hours.h"

#include <algorithm>
#include <ctime>
#include <optional>

namespace auscult {
namespace {

constexpr int kMinutesADay = 24 * 60;

std::optional<int> minute_of(const std::string& text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0'), minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 24 || minute > 59 || hour * 60 + minute > kMinutesADay) return std::nullopt;
  return hour * 60 + minute;
}

}  // namespace

Result<QuietSpan> parse_quiet_span(const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto begin = minute_of(text.substr(0, dash));
  const auto end = dash == std::string::npos ? std::nullopt : minute_of(text.substr(dash + 1));
  if (!begin || !end)
    return fail(ErrorCode::usage, "is no span of time of day", text, "write hours and minutes, as in 22:00-06:00");
  return QuietSpan{*begin, *end};
}

bool is_quiet(const std::vector<QuietSpan>& spans, std::int64_t time_ms) {
  if (spans.empty()) return false;
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  const int now = local.tm_hour * 60 + local.tm_min;
  return std::any_of(spans.begin(), spans.end(), [now](const QuietSpan& span) {
    return span.begin < span.end ? now >= span.begin && now < span.end : now >= span.begin || now < span.end;
  });
}

}  // namespace auscult
