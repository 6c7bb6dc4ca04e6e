// The audio files given on a command line, for every command that takes files and folders. Thread rule: free function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "dataset/index.h"

namespace auscult::cli {

/// Files as given, and the audio files in folders, in the order of index_clips(). If one of several inputs is missing,
/// it stays in the list and fails later as that file; the others are used. What cannot be read is added to `notes`.
/// Errors: those of index_clips.
Result<std::vector<std::filesystem::path>> input_files(const std::vector<std::string>& inputs, IndexNotes& notes);

/// Tells on stderr what the search did not return: the formats that cannot be read, with the command that converts
/// them, and folders that cannot be opened. Returns kExitInput if there are any such folders, else kExitOk.
int report_left_out(const IndexNotes& notes);

}  // namespace auscult::cli
