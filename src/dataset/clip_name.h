// What the names on the way to a clip say about it; no file is opened. Private to the module.
// Thread rule: free functions, no state.
#pragma once

#include "dataset/index.h"

#include <cstddef>
#include <filesystem>

namespace auscult::dataset {

struct Description {
  Clip clip;  ///< everything but the path
  /// False where the names leave open on purpose whether a clip is normal (a semi-synthetic fault, unlabelled test or
  /// supplemental data): it is never taken for a plain recording of normal sound.
  bool may_be_plain_normal = true;
};

/// `absolute` is a normalised absolute path of a clip; `folders_above` how many of its folders, from the root on, lie
/// above or at the input that was asked for (a plain recording in a folder that happens to be called "test" is no part
/// of a DCASE tree when that very folder was asked for).
Description describe(const std::filesystem::path& absolute, std::size_t folders_above);

}  // namespace auscult::dataset
