#include "input_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "console.h"
#include "dataset/index.h"

namespace auscult::cli {
namespace {
namespace fs = std::filesystem;

// A file, and the part of its path that is not its root.
using FoundSink = std::function<void(const fs::path& file, std::string_view name)>;

std::string_view below(std::string_view root, std::string_view file) {
  if (!file.starts_with(root)) return file;
  file.remove_prefix(root.size());
  while (file.starts_with('/')) file.remove_prefix(1);
  return file;
}

Status each_input(const std::vector<std::string>& inputs, IndexNotes& notes, const FoundSink& found) {
  IndexOptions index;
  index.plain_is_normal = false;
  for (const fs::path input : inputs) {
    std::error_code error;
    if (fs::is_regular_file(input, error) || fs::is_fifo(input, error) ||
        (inputs.size() > 1 && !fs::exists(input, error))) {
      found(input, input.native());
      continue;
    }
    AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({input}, index, &notes));
    for (const Clip& clip : clips) found(clip.path, below(input.native(), clip.path.native()));
  }
  return {};
}

}  // namespace

Result<std::vector<fs::path>> input_files(const std::vector<std::string>& inputs, IndexNotes& notes) {
  std::vector<fs::path> files;
  AUSCULT_TRY(each_input(inputs, notes, [&](const fs::path& file, std::string_view) { files.push_back(file); }));
  return files;
}

void add_list_option(CLI::App& command, ListOption& list) {
  auto* from =
      command.add_option("--files-from", list.path,
                         "A list of recordings, one a line, in addition to those named here; -: standard input");
  command.add_flag("-0,--null", list.null_ended, "Names in the list end with a zero byte, as from find -print0")
      ->needs(from);
}

Result<std::vector<std::string>> listed_names(const ListOption& list) {
  std::vector<std::string> names;
  if (list.path.empty()) return names;
  std::ifstream file;
  if (list.path != "-") {
    errno = 0;
    file.open(list.path, std::ios::binary);
    if (!file || fs::is_directory(list.path))
      return fail(ErrorCode::file_not_found,
                  std::string("the list cannot be read") + (errno ? std::string(": ") + std::strerror(errno) : ""),
                  list.path, "name a text file with a recording on each line, or - for standard input");
  }
  std::istream& in = list.path == "-" ? std::cin : file;
  for (std::string name; std::getline(in, name, list.null_ended ? '\0' : '\n');)
    if (!name.empty()) names.push_back(std::move(name));
  if (in.bad())
    return fail(ErrorCode::file_not_found, "the list could not be read to its end", list.path, "read it again");
  if (names.empty())
    return fail(ErrorCode::empty_input, "the list names no recording", list.path, "write one on each line");
  return names;
}

Result<InputList> input_list(const std::vector<std::string>& inputs, const ListOption& list,
                             const std::optional<Shard>& shard, IndexNotes& notes) {
  InputList all;
  ListDigest digest;
  const auto add = [&](const fs::path& file, std::string_view name) {
    const auto place = static_cast<std::int64_t>(all.total++);
    if (shard) digest.add(name);
    if (shard && !in_shard(name, *shard)) return;
    all.files.push_back(file);
    all.places.push_back(place);
  };
  AUSCULT_TRY(each_input(inputs, notes, add));
  AUSCULT_TRY_ASSIGN(const std::vector<std::string> names, listed_names(list));
  for (const std::string& name : names) add(name, name);
  all.digest = digest.text();
  return all;
}

int report_left_out(const IndexNotes& notes) {
  if (!notes.unreadable_formats.empty()) {
    std::map<std::string, int> endings;
    for (const std::filesystem::path& file : notes.unreadable_formats) ++endings[file.extension().string()];
    std::string list;
    for (const auto& [ending, count] : endings)
      list += (list.empty() ? "" : ", ") + std::to_string(count) + " " + printable(ending);
    std::fprintf(
        stderr,
        "auscult: warning: %zu file(s) were left out, whose format cannot be read (%s); convert them, for "
        "example: ffmpeg -i '%s' '%s'\n",
        notes.unreadable_formats.size(), list.c_str(), printable(notes.unreadable_formats.front().string()).c_str(),
        printable(std::filesystem::path(notes.unreadable_formats.front()).replace_extension(".wav").string()).c_str());
  }
  for (const SkippedFile& folder : notes.unreadable_folders) report(folder.error);
  return notes.unreadable_folders.empty() ? kExitOk : kExitInput;
}

}  // namespace auscult::cli
