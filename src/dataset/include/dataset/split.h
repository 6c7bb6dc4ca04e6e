// Divides clips into training, calibration and test. Thread rule: free functions, no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auscult/error.h"
#include "dataset/index.h"

namespace auscult {

struct Split {
  std::vector<Clip> train;  ///< normal clips only
  std::vector<Clip> test;   ///< normal and abnormal clips
  std::string protocol;     ///< "mimii", "dcase", "all normals": for reports
};

/// One machine's clips. DCASE clips (a train or test folder or name): by that name. With abnormal clips, MIMII's
/// protocol: in path order, the first N normals (N = number of abnormals) and all abnormals test, the rest trains.
/// Without abnormals, or with all_normals: every normal trains and only the abnormals are left to test. Errors:
/// not_enough_data when no normal is left to train.
Result<Split> split_machine(const std::vector<Clip>& clips, bool all_normals = false);

/// Indices [0, count) divided into training indices and a time-contiguous held-out block for calibration (the last
/// ceil(fraction * count), at least 1 where count >= 2).
struct HeldOut {
  std::vector<std::size_t> train, held_out;
};
HeldOut hold_out_block(std::size_t count, double fraction);

/// XXH3-128 of a file's bytes as 32 hexadecimal digits: identifies training files regardless of their path. Errors:
/// file_not_found.
Result<std::string> file_digest(const std::filesystem::path& path);
/// The same over bytes in memory.
std::string text_digest(std::string_view bytes);

}  // namespace auscult
