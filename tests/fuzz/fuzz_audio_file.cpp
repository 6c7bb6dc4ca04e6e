// Any bytes as an audio file: an error or samples, never a crash, and no memory allocated by an announced length.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "audio/audio_file.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const int fd = memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  auto reader = auscult::AudioFileReader::open(path);
  if (!reader) return 0;
  std::vector<float> buffer(static_cast<std::size_t>(reader->info().channels) * 512U);
  for (int block = 0; block < 64; ++block) {
    const auto got = reader->read(buffer);
    if (!got || *got == 0) break;
  }
  (void)reader->seek(1);
  (void)reader->read(buffer);
  return 0;
}
