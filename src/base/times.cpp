#include "base/times.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <regex>
#include <utility>

namespace auscult {
namespace {

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

struct Fields {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int milliseconds = 0;
  std::optional<int> offset_minutes;  // none: local time
};

bool exists(const Fields& f) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (f.year < 1970 || f.month < 1 || f.month > 12) return false;
  const bool leap = f.year % 4 == 0 && (f.year % 100 != 0 || f.year % 400 == 0);
  const int days = kDays[static_cast<std::size_t>(f.month - 1)] + (leap && f.month == 2 ? 1 : 0);
  return f.day >= 1 && f.day <= days && f.hour <= 23 && f.minute <= 59 && f.second <= 60;
}

std::tm broken_down(const Fields& f) {
  std::tm time{};
  time.tm_year = f.year - 1900;
  time.tm_mon = f.month - 1;
  time.tm_mday = f.day;
  time.tm_hour = f.hour;
  time.tm_min = f.minute;
  time.tm_sec = f.second;
  time.tm_isdst = -1;
  return time;
}

std::int64_t milliseconds_of(const Fields& f) {
  std::tm time = broken_down(f);
  if (!f.offset_minutes) return static_cast<std::int64_t>(std::mktime(&time)) * kSecond + f.milliseconds;
  return static_cast<std::int64_t>(timegm(&time)) * kSecond + f.milliseconds - *f.offset_minutes * kMinute;
}

int number(const std::ssub_match& match) {
  return match.matched ? std::atoi(match.str().c_str()) : 0;
}

// "Z", "+01:00", "+0100", "+01"
std::optional<int> offset_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text == "Z" || text == "z") return 0;
  std::string digits = text.substr(1);
  std::erase(digits, ':');
  const int hours = std::atoi(digits.substr(0, 2).c_str());
  const int minutes = digits.size() > 2 ? std::atoi(digits.substr(2).c_str()) : 0;
  return (text.front() == '-' ? -1 : 1) * (60 * hours + minutes);
}

std::optional<Fields> date_and_time(const std::string& text) {
  static const std::regex pattern(
      R"((\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d)[:-](\d\d)(?:[:-](\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|z|[+-]\d\d(?::?\d\d)?)?)");
  std::smatch m;
  if (!std::regex_match(text, m, pattern)) return std::nullopt;
  Fields f{number(m[1]),         number(m[2]), number(m[3]), number(m[4]), number(m[5]), number(m[6]), 0,
           offset_of(m[8].str())};
  if (m[7].matched) f.milliseconds = std::atoi((m[7].str() + "00").substr(0, 3).c_str());
  return f;
}

std::optional<std::int64_t> span_before_now(const std::string& text) {
  static const std::regex pattern(R"((\d{1,6}) ?(s|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?)(?: ago)?)");
  std::smatch m;
  if (!std::regex_match(text, m, pattern)) return std::nullopt;
  const char unit = m[2].str().front();
  const std::int64_t length = unit == 's'   ? kSecond
                              : unit == 'm' ? kMinute
                              : unit == 'h' ? kHour
                              : unit == 'd' ? kDay
                                            : 7 * kDay;
  return number(m[1]) * length;
}

}  // namespace

std::string iso_time(std::int64_t milliseconds) {
  // Towards the past, also before 1970, where a clock without a battery begins.
  const std::int64_t fraction = (milliseconds % kSecond + kSecond) % kSecond;
  const std::time_t seconds = (milliseconds - fraction) / kSecond;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40], end[8];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(end, sizeof end, ".%03dZ", static_cast<int>(fraction));
  return std::string(text, length) + end;
}

std::string local_time(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / kSecond;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[48];
  std::string line(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &local));
  return line.insert(line.size() - 2, ":");
}

Result<std::int64_t> parse_time(const std::string& text, std::int64_t now_ms) {
  if (const auto span = span_before_now(text)) return now_ms - *span;
  const auto fields = date_and_time(text);
  if (!fields)
    return fail(ErrorCode::usage, "is not a date or time", text,
                "write 2026-01-31, 2026-01-31T08:30, 2026-01-31T08:30:00+01:00, 7d, 12h or \"2 days ago\"");
  if (!exists(*fields)) return fail(ErrorCode::usage, "no such day or time exists", text, "check the calendar");
  return milliseconds_of(*fields);
}

std::optional<std::int64_t> time_in_name(const std::filesystem::path& file) {
  // Digits on either side would make it another number, such as a serial number.
  static const std::regex pattern(
      R"((?:^|\D)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_T. ]?(\d\d)[-_:.h]?(\d\d)[-_:.m]?(\d\d)(?:[.,]\d{1,9})?(Z|[+-]\d{4})?(?:\D|$))");
  const std::string name = file.stem().string();
  std::smatch m;
  if (!std::regex_search(name, m, pattern)) return std::nullopt;
  const Fields f{number(m[1]),         number(m[2]), number(m[3]), number(m[4]), number(m[5]), number(m[6]), 0,
                 offset_of(m[7].str())};
  if (!exists(f)) return std::nullopt;
  return milliseconds_of(f);
}

}  // namespace auscult
