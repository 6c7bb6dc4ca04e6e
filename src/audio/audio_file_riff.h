// What a RIFF WAVE header announces, read without trusting it. libsndfile silently shortens a recording whose header
// announces more than the file holds; a truncated recording must be refused instead. Thread rule: free functions.
#pragma once

#include <cstdint>
#include <optional>

#include "auscult/error.h"

namespace auscult::audio {

struct RiffLayout {
  std::int64_t size_offset = 0;  ///< offset of the data chunk's 32-bit size in the file
  bool big_endian = false;       ///< RIFX
  bool wide = false;             ///< RF64 or BW64: the size is stored elsewhere, in 64 bits
  std::int64_t announced =
      0;                     ///< bytes of samples that the header announces; -1: unknown, a recorder never filled it in
  std::int64_t present = 0;  ///< bytes of the file from the first sample to the end
  int sample_rate = 0;       ///< Hz, 0 if the header has none
  int bytes_per_second = 0;  ///< 0 if the header has none

  bool truncated() const { return announced > present; }
  double seconds(std::int64_t bytes) const {
    return bytes_per_second > 0 ? static_cast<double>(bytes) / bytes_per_second : 0.0;
  }
};

/// Nothing if the file (`descriptor`, `file_size` bytes) is not a RIFF WAVE file with a data chunk.
std::optional<RiffLayout> read_riff_layout(int descriptor, std::int64_t file_size);

}  // namespace auscult::audio
