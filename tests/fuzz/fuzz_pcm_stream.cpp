// Any bytes that arrive through a pipe, as WAV or as raw samples of every format (chosen by the first byte): samples or
// a named error, and whole sample frames.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>

#include "audio/pcm_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  constexpr std::array<const char*, 8> kFormats = {"",           "u8:8000:1",     "s8:8000:2",      "s16be:48000:3",
                                                   "s24le:1:64", "s32le:16000:1", "f32be:192000:2", "f64le:16000:1"};
  if (size == 0) return 0;
  static const int fd = memfd_create("fuzz", 0);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, data + 1, size - 1, 0) != static_cast<ssize_t>(size - 1)) return 0;
  auscult::PcmStreamOptions options{.path = "/dev/null"};
  options.path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd);  // opened anew, from its beginning
  if (const std::string format = kFormats.at(data[0] % kFormats.size()); !format.empty()) {
    const auto raw = auscult::parse_raw_format(format);
    if (!raw) return 0;
    options.raw = *raw;
  }
  const auto source = auscult::make_pcm_stream(options);
  if (!source->start()) return 0;
  auscult::SampleBlock block;
  for (int blocks = 0; blocks < 200; ++blocks) {
    const auto state = source->read(block, std::chrono::milliseconds(0));
    if (!state && state.error().what.empty()) std::abort();
    if (!state || *state == auscult::ReadState::end) break;
    if (*state != auscult::ReadState::block) continue;
    if (block.header.channels < 1 || block.interleaved.size() % static_cast<std::size_t>(block.header.channels) != 0)
      std::abort();
  }
  source->stop();
  return 0;
}
