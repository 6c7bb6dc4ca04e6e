// Reads pictures as input of the convolutional networks. Hides stb_image.
// Thread rule: free functions.
#pragma once

#include <filesystem>
#include <vector>

#include "auscult/error.h"

namespace auscult::bench {

inline constexpr int kPictureChannels = 3;

/// The files of a folder that end in .png, .jpg or .jpeg (in any case), sorted. Errors: file_not_found.
Result<std::vector<std::filesystem::path>> list_pictures(const std::filesystem::path& folder);

/// A PNG or JPEG as 3 x 64 x 64 values in 0..1 (red, green, blue; line by line): the largest centered square, resized.
/// Gray pictures get three equal channels, transparency is ignored. Errors: bad_input (not a picture, or above 64
/// megapixels).
Result<std::vector<float>> read_picture(const std::filesystem::path& path);

}  // namespace auscult::bench
