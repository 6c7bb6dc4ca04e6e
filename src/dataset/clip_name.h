// Derives labels and machine from the names in a clip's path; no file is opened. Private to the module.
// Thread rule: free functions, no state.
#pragma once

#include <cstddef>
#include <filesystem>

#include "dataset/index.h"

namespace auscult::dataset {

struct Description {
  Clip clip;  ///< everything except the path
  /// False if the names deliberately do not state whether a clip is normal (a semi-synthetic fault, unlabeled test or
  /// supplemental data): it is never treated as a plain recording of normal sound.
  bool may_be_plain_normal = true;
};

/// `absolute` is a normalized absolute path of a clip; `folders_above` is the number of its folders, counted from
/// the root, that lie above or at the given input (a plain recording in a folder that happens to be named "test" is not
/// part of a DCASE tree if that folder itself is the input).
Description describe(const std::filesystem::path& absolute, std::size_t folders_above);

}  // namespace auscult::dataset
