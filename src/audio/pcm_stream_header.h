// The header of a WAV stream, piece by piece as it arrives. Thread rule: one object, one thread. Internal to the
// module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audio/pcm_stream.h"

namespace auscult::audio {

class WavStreamHeader {
 public:
  /// Takes what it can from the front of `bytes`. True when the samples begin there. Errors: not_audio.
  Result<bool> parse(std::string& bytes);
  /// Once the samples have begun.
  const RawFormat& format() const { return format_; }
  /// Bytes of samples that the header announces; nothing if it leaves the length open.
  std::optional<std::int64_t> announced() const { return announced_; }

 private:
  Result<bool> next_chunk(std::string& bytes);
  Status take_format(const std::string& chunk);

  bool begun_ = false, format_known_ = false;
  std::int64_t skip_ = 0;  // bytes of a chunk that is not needed
  RawFormat format_;
  std::optional<std::int64_t> announced_;
};

/// Whether these are the first bytes of a chunk that may follow the samples.
bool begins_chunk(const std::string& bytes);

}  // namespace auscult::audio
