#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <xxhash.h>

#include "dataset/split.h"

namespace auscult {
namespace {

constexpr std::size_t kBlockBytes = 1U << 16U;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

tl::unexpected<Error> cannot_read(const std::filesystem::path& path) {
  const std::string reason = std::strerror(errno);
  return fail(ErrorCode::file_not_found, "cannot be read: " + reason, path.string(),
              "check the path and the read permission");
}

std::string to_hexadecimal(const XXH128_hash_t& hash) {
  XXH128_canonical_t canonical;  // big-endian, as xxhsum prints it
  XXH128_canonicalFromHash(&canonical, hash);
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : canonical.digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

}  // namespace

Result<std::string> file_digest(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) return cannot_read(path);
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  if (!state) return fail(ErrorCode::internal, "out of memory", path.string());
  XXH3_128bits_reset(state.get());
  std::vector<unsigned char> block(kBlockBytes);
  errno = 0;
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), file.get()))
    XXH3_128bits_update(state.get(), block.data(), n);
  if (std::ferror(file.get())) return cannot_read(path);
  return to_hexadecimal(XXH3_128bits_digest(state.get()));
}

std::string text_digest(std::string_view bytes) {
  return to_hexadecimal(XXH3_128bits(bytes.data(), bytes.size()));
}

}  // namespace auscult
