#include "audio_file_riff.h"

#include <unistd.h>

#include <array>
#include <cstring>
#include <limits>
#include <string_view>

namespace auscult::audio {
namespace {

constexpr int kMostChunks = 4096;  // before the data; bounds the work on a hostile file

// Little- or big-endian numbers at an offset in the file; 0 beyond its end.
class HeaderBytes {
 public:
  explicit HeaderBytes(int descriptor) : descriptor_(descriptor) {}
  bool big_endian = false;

  bool has_tag(std::int64_t offset, std::string_view tag) const {
    std::array<unsigned char, 4> bytes{};
    return read(offset, bytes.data(), 4) && std::memcmp(bytes.data(), tag.data(), 4) == 0;
  }
  std::uint32_t u32(std::int64_t offset) const {
    std::array<unsigned char, 4> b{};
    read(offset, b.data(), 4);
    if (big_endian) std::swap(b[0], b[3]), std::swap(b[1], b[2]);
    return b[0] | b[1] << 8U | b[2] << 16U | static_cast<std::uint32_t>(b[3]) << 24U;
  }
  std::uint64_t u64(std::int64_t offset) const {
    return u32(offset) | static_cast<std::uint64_t>(u32(offset + 4)) << 32U;
  }

 private:
  bool read(std::int64_t offset, unsigned char* into, std::size_t count) const {
    return pread(descriptor_, into, count, offset) == static_cast<ssize_t>(count);
  }
  int descriptor_;
};

// Sizes left by recorders that could not seek back to fill them in (ffmpeg, sox, arecord to a pipe).
bool is_placeholder(std::uint32_t size) {
  return size >= 0xFFFFFF00U || (size >= 0x7FFFF000U && size <= 0x80000000U);
}

// A size of zero means an empty recording if the RIFF size agrees, and a placeholder if the RIFF size does not reach
// beyond the start of the data either.
bool zero_means_unknown(std::uint32_t riff_size, std::int64_t data_start, std::int64_t file_size) {
  const bool covers_header_only = static_cast<std::int64_t>(riff_size) + 8 <= data_start;
  return file_size > data_start && (covers_header_only || is_placeholder(riff_size));
}

}  // namespace

std::optional<RiffLayout> read_riff_layout(int descriptor, std::int64_t file_size) {
  HeaderBytes bytes(descriptor);
  RiffLayout layout;
  layout.big_endian = bytes.big_endian = bytes.has_tag(0, "RIFX");
  layout.wide = bytes.has_tag(0, "RF64") || bytes.has_tag(0, "BW64");
  if (!(bytes.has_tag(0, "RIFF") || layout.big_endian || layout.wide) || !bytes.has_tag(8, "WAVE")) return std::nullopt;

  std::int64_t offset = 12;
  std::uint64_t wide_size = std::numeric_limits<std::uint64_t>::max();
  for (int chunk = 0; chunk < kMostChunks && offset + 8 <= file_size; ++chunk) {
    const std::uint32_t size = bytes.u32(offset + 4);
    const std::int64_t start = offset + 8;
    if (bytes.has_tag(offset, "fmt ")) {
      layout.sample_rate = static_cast<int>(bytes.u32(start + 4) & 0x7FFFFFFFU);
      layout.bytes_per_second = static_cast<int>(bytes.u32(start + 8) & 0x7FFFFFFFU);
    } else if (bytes.has_tag(offset, "ds64")) {
      wide_size = bytes.u64(start + 8);
    } else if (bytes.has_tag(offset, "data")) {
      layout.size_offset = offset + 4;
      layout.present = file_size - start;
      layout.announced = size;
      if (layout.wide && size == 0xFFFFFFFFU) {
        layout.announced = wide_size < (1ULL << 62U) ? static_cast<std::int64_t>(wide_size) : -1;
      } else if ((is_placeholder(size) && layout.truncated()) ||
                 (size == 0 && zero_means_unknown(bytes.u32(4), start, file_size))) {
        layout.announced = -1;
      }
      return layout;
    }
    offset = start + size + (size & 1U);
  }
  return std::nullopt;
}

}  // namespace auscult::audio
