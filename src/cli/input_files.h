// The audio files given on a command line or in a list, for every command that takes files and folders. Thread rule:
// free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "auscult/error.h"
#include "dataset/index.h"
#include "dataset/shard.h"

namespace auscult::cli {

/// Files as given, and the audio files in folders, in the order of index_clips(). If one of several inputs is missing,
/// it stays in the list and fails later as that file; the others are used. What cannot be read is added to `notes`.
/// Errors: those of index_clips.
Result<std::vector<std::filesystem::path>> input_files(const std::vector<std::string>& inputs, IndexNotes& notes);

/// A list of names in a file.
struct ListOption {
  std::string path;         ///< "-": standard input; empty: no list
  bool null_ended = false;  ///< each name ends with a zero byte instead of a line feed
};

void add_list_option(CLI::App& command, ListOption& list);

/// The names of the list, as they are there and in its order; empty lines are none. Errors: file_not_found;
/// empty_input.
Result<std::vector<std::string>> listed_names(const ListOption& list);

/// What a command works on, or the part of it that a shard does.
struct InputList {
  std::vector<std::filesystem::path> files;
  std::vector<std::int64_t> places;  ///< of each file among all, from 0
  std::size_t total = 0;             ///< files of all shards
  std::string digest;                ///< of the names of all shards
};

/// The files of input_files(), then those of the list. The part of a shard is chosen by name: as listed, or, of a file
/// found in a folder that is given, relative to that folder, so that it does not matter where a machine has mounted it.
/// A listed file is not looked for: if it is missing, it fails later as that file. Errors: those of input_files and
/// listed_names.
Result<InputList> input_list(const std::vector<std::string>& inputs, const ListOption& list,
                             const std::optional<Shard>& shard, IndexNotes& notes);

/// Tells on stderr what the search did not return: the formats that cannot be read, with the command that converts
/// them, and folders that cannot be opened. Returns kExitInput if there are any such folders, else kExitOk.
int report_left_out(const IndexNotes& notes);

}  // namespace auscult::cli
