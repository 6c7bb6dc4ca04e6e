// Names that stand for a stream instead of a file: "-", /dev/stdout, /dev/fd/N and process substitution, pipes and
// devices. Opening such a name again, or putting a file in its place, would lose what was written before. Thread rule:
// free functions, no state.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "auscult/error.h"

namespace auscult {

/// The descriptor of this process that `path` names: "-" (`standard`: 0 for input, 1 for output), /dev/stdin,
/// /dev/stdout, /dev/stderr, /dev/fd/N, /proc/self/fd/N, or a link to one of them. Nothing for other names.
std::optional<int> named_descriptor(const std::filesystem::path& path, int standard);

/// Whether `path` names an open descriptor, a pipe, a socket or a character device: something that is read or written
/// once, in order. A name like /dev/fd/3 counts as a stream even if a regular file is open there.
bool is_stream(const std::filesystem::path& path, int standard);

/// Writes all bytes; what is buffered in `stdout` goes first. Errors: write_failed with `name`.
Status write_all(int descriptor, std::string_view bytes, const std::filesystem::path& name);

/// An open stream to write to, see is_stream(). A named descriptor is duplicated; a pipe or device is opened without
/// waiting for a reader. The caller closes it. Errors: write_failed.
Result<int> open_output_stream(const std::filesystem::path& path);

/// A file without a name for data that do not fit into memory, in $TMPDIR or else /var/tmp, which, unlike /tmp, never
/// lies in memory itself. The caller closes it. Errors: write_failed.
Result<int> open_unnamed_file();

}  // namespace auscult
