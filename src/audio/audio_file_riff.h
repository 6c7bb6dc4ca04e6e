// What a RIFF WAVE header announces, read without trusting it, and where the sound really is. libsndfile silently
// shortens a recording whose header announces more than the file holds, reads only what a size that is too small
// announces, and refuses files whose chunks are not where they should be; recorders that lost power, hold more than
// 4 GiB or count wrongly leave all of these. Thread rule: free functions. Units: bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audio_file_view.h"

namespace auscult::audio {

struct RiffLayout {
  std::int64_t announced = 0;  ///< bytes of samples that the header announces; -1: a recorder never filled it in
  std::int64_t present = 0;    ///< bytes of the file from the first sample to the end
  int bytes_per_second = 0;    ///< 0 if the header has none
  std::string origination;     ///< date and time of a broadcast WAV, "2024-01-31 08:30:00", as its recorder wrote them

  /// What is wrong with the header, for a warning: "its header announces ...; all of it is read". Empty if nothing is,
  /// or only what is usual for a recorder that writes to a pipe.
  std::string repair;
  /// If not empty, what the file is, for an error: "a WAV file without a data chunk". Nothing else is filled in then.
  std::string unusable;
  /// The file has to be read as this header followed by `sound`. libsndfile never ends on some chunks beside those of
  /// format and samples, so it does not see them.
  std::string header;
  std::vector<FileRange> sound;

  bool truncated() const { return announced > present; }
  double seconds(std::int64_t bytes) const {
    return bytes_per_second > 0 ? static_cast<double>(bytes) / bytes_per_second : 0.0;
  }
};

/// Nothing if the file (`descriptor`, `file_size` bytes) is not a RIFF file.
std::optional<RiffLayout> read_riff_layout(int descriptor, std::int64_t file_size);

}  // namespace auscult::audio
