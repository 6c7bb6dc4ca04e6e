// Any bytes as a RIFF header: what is found lies within the file, and a repaired header is followed by all its sound.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "audio/audio_file_riff.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const int fd = memfd_create("fuzz", 0);
  const auto length = static_cast<std::int64_t>(size);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  const auto layout = auscult::audio::read_riff_layout(fd, length);
  if (!layout) return 0;
  if (layout->present < 0 || layout->present > length) std::abort();
  std::int64_t bytes = 0;
  for (const auto& range : layout->sound) {
    if (range.offset < 0 || range.size < 0 || range.offset > length - range.size) std::abort();
    bytes += range.size;
  }
  if (!layout->header.empty() && (layout->header.size() > 4096 || bytes > length)) std::abort();
  return 0;
}
