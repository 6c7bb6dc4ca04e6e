// Times of day as text, to print and to read: ISO 8601 with offset, and what people write. Thread rule: any thread
// (localtime_r and mktime; the zone is that of the process).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "auscult/error.h"

namespace auscult {

/// "2026-01-31T12:00:00.000Z".
std::string iso_time(std::int64_t milliseconds_since_1970);
/// "2026-01-31 13:00:00 +01:00": local time with its offset, so that the hour that comes twice in autumn is
/// unambiguous.
std::string local_time(std::int64_t milliseconds_since_1970);

/// Milliseconds since 1970 of: a date or a date and time ("2026-01-31", "2026-01-31T08:30", with seconds and fraction,
/// T or a space between, with Z or an offset such as +01:00, else local time; also with dashes between the numbers of
/// the time, as in the names of clips); or a span before `now_ms`: "7d", "12h", "30min", "2 days ago". Errors: usage,
/// also for a day that does not exist.
Result<std::int64_t> parse_time(const std::string& text, std::int64_t now_ms);

/// The time that a recorder wrote into a file's name: "PUMP1_20240131_083000.wav", "2024-01-31T08-30-00Z.wav".
/// Nothing if the name holds no date with a time.
std::optional<std::int64_t> time_in_name(const std::filesystem::path& file);

}  // namespace auscult
