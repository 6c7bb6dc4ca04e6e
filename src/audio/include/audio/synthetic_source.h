// A signal computed on the fly, for tests and for machines without a microphone. Thread rule: as SampleSource.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "audio/sample_source.h"

namespace auscult {

struct SyntheticSourceOptions {
  int sample_rate = 16000;
  int channels = 1;
  int block_frames = 512;
  std::optional<std::int64_t> total_frames = {};  ///< sample frames to deliver, excluding lost ones; nothing: endless
  bool realtime = false;
  std::int64_t lose_every = 0;  ///< report `lose_frames` as lost after every this many frames; 0: never
  std::int64_t lose_frames = 0;
};

/// `signal(n)` is the sample at stream position n, the same for every channel.
std::unique_ptr<SampleSource> make_synthetic_source(std::function<float(std::int64_t)> signal,
                                                    const SyntheticSourceOptions& options = {});

}  // namespace auscult
