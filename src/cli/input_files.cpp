#include "input_files.h"

#include <cstdio>
#include <map>
#include <string>

#include "base/printable.h"
#include "console.h"
#include "dataset/index.h"

namespace auscult::cli {

Result<std::vector<std::filesystem::path>> input_files(const std::vector<std::string>& inputs, IndexNotes& notes) {
  IndexOptions index;
  index.plain_is_normal = false;
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path input : inputs) {
    std::error_code error;
    if (std::filesystem::is_regular_file(input, error) || std::filesystem::is_fifo(input, error) ||
        (inputs.size() > 1 && !std::filesystem::exists(input, error))) {
      files.push_back(input);
      continue;
    }
    AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({input}, index, &notes));
    for (const Clip& clip : clips) files.push_back(clip.path);
  }
  return files;
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
