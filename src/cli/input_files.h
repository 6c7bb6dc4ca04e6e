// The audio files that a command line names, for every command that takes files and folders. Thread rule: free
// function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::cli {

/// Files as they are named, folders by the audio files in them, as index_clips() finds and sorts them. One of several
/// inputs that is missing is kept: it is that file's own error, and the others are used. Errors: those of index_clips.
Result<std::vector<std::filesystem::path>> input_files(const std::vector<std::string>& inputs);

}  // namespace auscult::cli
