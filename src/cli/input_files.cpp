#include "input_files.h"

#include "dataset/index.h"

namespace auscult::cli {

Result<std::vector<std::filesystem::path>> input_files(const std::vector<std::string>& inputs) {
  IndexOptions index;
  index.plain_is_normal = false;
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path input : inputs) {
    std::error_code error;
    if (std::filesystem::is_regular_file(input, error) ||
        (inputs.size() > 1 && !std::filesystem::exists(input, error))) {
      files.push_back(input);
      continue;
    }
    AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({input}, index));
    for (const Clip& clip : clips) files.push_back(clip.path);
  }
  return files;
}

}  // namespace auscult::cli
