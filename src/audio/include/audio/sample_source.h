// Sources of samples: a PortAudio device, a file, or a synthetic signal, behind one interface. Thread rule:
// start/read/stop from one thread (the analysis thread); info() and health() from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

struct BlockHeader {
  std::int64_t first_sample = 0;  ///< position in the stream, in sample frames, including lost ones
  std::int64_t time_ns = 0;       ///< steady clock, when the block was captured (or read)
  std::int64_t lost_before = 0;   ///< sample frames lost between the previous block and this one: a gap
  int sample_rate = 0;            ///< Hz; may change when a device returns with another rate
  int channels = 0;
};

struct SampleBlock {
  BlockHeader header;
  std::vector<float> interleaved;  ///< frames x channels; reused between reads
  std::int64_t frames() const {
    return header.channels > 0 ? static_cast<std::int64_t>(interleaved.size()) / header.channels : 0;
  }
};

enum class ReadState { block, timeout, end };

enum class SourceState {
  stopped,
  starting,    ///< opened, no samples yet
  running,     ///< samples arrive
  silent,      ///< the stream is running but no samples arrive
  recovering,  ///< the device has disappeared; searching for it
  failed,      ///< gave up, or the device hangs
  ended,       ///< end of a file
};
const char* to_string(SourceState state);

struct SourceInfo {
  std::string name;      ///< device or file name, for people
  std::string host_api;  ///< "ALSA"; empty for files
  int sample_rate = 0;   ///< Hz; 0 before start()
  int channels = 0;
  bool live = false;  ///< a device: samples not read in time are lost
};

struct SourceHealth {
  SourceState state = SourceState::stopped;
  std::uint64_t captured = 0;  ///< sample frames delivered to the ring or read
  std::uint64_t lost = 0;      ///< sample frames lost
  std::uint64_t gaps = 0;      ///< number of places where samples were lost
  std::uint64_t callbacks = 0;
  std::uint64_t reconnects = 0;
  double ring_fill = 0.0;        ///< 0-1
  double callback_gap_ms = 0.0;  ///< longest time between callbacks since start
  std::string message;           ///< for the user, if state is silent, recovering or failed
};

class SampleSource {
 public:
  virtual ~SampleSource() = default;
  /// Errors: file_not_found, not_audio, device_unavailable, ...
  virtual Status start() = 0;
  /// Waits up to `timeout` for a block. A live source that lost its device returns timeout while it recovers.
  virtual Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) = 0;
  /// Returns within 3 s even if the device hangs. Idempotent.
  virtual void stop() = 0;
  virtual SourceInfo info() const = 0;
  virtual SourceHealth health() const = 0;
};

}  // namespace auscult
