#include "image_file.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include <stb_image.h>
#include <stb_image_resize.h>

#include "model/preset.h"

namespace auscult::bench {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

bool is_picture(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

tl::unexpected<Error> unusable(const std::filesystem::path& path, const std::string& why) {
  return fail(ErrorCode::bad_input, "cannot be used: " + why, path.string(), "give PNG or JPEG files");
}

}  // namespace

Result<std::vector<std::filesystem::path>> list_pictures(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (is_picture(entry->path())) files.push_back(entry->path());
  if (error)
    return fail(ErrorCode::file_not_found, "is not a readable folder", folder.string(),
                "--data names a folder with normal/ and abnormal/, each with PNG or JPEG files");
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<float>> read_picture(const std::filesystem::path& path) {
  int width = 0, height = 0, channels = 0;
  if (!stbi_info(path.c_str(), &width, &height, &channels)) return unusable(path, stbi_failure_reason());
  if (std::int64_t{1} * width * height > kMostPixels) return unusable(path, "it has more than 64 megapixels");
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load(path.c_str(), &width, &height, &channels, kPictureChannels), stbi_image_free);
  if (!pixels) return unusable(path, stbi_failure_reason());

  const int side = std::min(width, height);
  const std::int64_t first = std::int64_t{1} * ((height - side) / 2) * width + (width - side) / 2;
  std::vector<stbi_uc> small(static_cast<std::size_t>(kPictureChannels) * kPatchSide * kPatchSide);
  if (!stbir_resize_uint8(pixels.get() + first * kPictureChannels, side, side, width * kPictureChannels, small.data(),
                          kPatchSide, kPatchSide, 0, kPictureChannels))
    return unusable(path, "it cannot be resized");

  std::vector<float> values(small.size());
  constexpr std::size_t kPixels = static_cast<std::size_t>(kPatchSide) * kPatchSide;
  for (std::size_t i = 0; i < small.size(); ++i)
    values[(i % kPictureChannels) * kPixels + i / kPictureChannels] = static_cast<float>(small[i]) / 255.0F;
  return values;
}

}  // namespace auscult::bench
