// The audio files given on a command line, for every command that takes files and folders. Thread rule: free function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::cli {

/// Files as given, and the audio files in folders, in the order of index_clips(). If one of several inputs is missing,
/// it stays in the list and fails later as that file; the others are used. Errors: those of index_clips.
Result<std::vector<std::filesystem::path>> input_files(const std::vector<std::string>& inputs);

}  // namespace auscult::cli
