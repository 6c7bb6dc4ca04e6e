// The content of a pipe as a file, so that everything that reads audio files can read it. Thread rule: free functions.
#pragma once

#include <filesystem>

#include "auscult/error.h"

namespace auscult::audio {

/// Reads a pipe to its end into a file without a name and returns that file's descriptor, which the caller closes.
/// Errors: file_not_found; bad_input if nobody writes to the pipe; write_failed if there is no space.
Result<int> spool_pipe(const std::filesystem::path& pipe);

}  // namespace auscult::audio
