// When a recording was made. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace auscult {

/// Milliseconds since 1970 of a recording's first sample: the origination of a broadcast WAV, else a time in its name
/// (base/times.h), else the time of its last change minus its length. Times without a zone are local. Nothing if the
/// file cannot be read, or has none of these.
std::optional<std::int64_t> recording_start_ms(const std::filesystem::path& recording);

}  // namespace auscult
