// Common parts of sources without a device: stream position, pacing in real time, and state that other threads may
// query. Thread rule: as SampleSource. A derived class supplies the samples.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "audio/sample_source.h"

namespace auscult::audio {

class PacedSource : public SampleSource {
 public:
  Status start() override;
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override;
  void stop() override;
  SourceInfo info() const override;
  SourceHealth health() const override;

 protected:
  struct Pacing {
    bool realtime = false;  ///< false: as fast as it is read
    double speed = 1.0;     ///< times real time
  };
  explicit PacedSource(const Pacing& pacing) : pacing_(pacing) {}

  /// Opens the origin of the samples, at its beginning.
  virtual Result<SourceInfo> open() = 0;
  /// Sets the samples, rate, channels and lost_before of `block`; returns its frames, 0 at the end.
  virtual Result<std::int64_t> fill(SampleBlock& block) = 0;
  virtual void close() {}

 private:
  bool wait_until_due(std::chrono::milliseconds timeout) const;
  void deliver(SampleBlock& block);
  Result<ReadState> finish(Result<std::int64_t> last);

  const Pacing pacing_;
  // Used only by the reading thread.
  std::int64_t position_ = 0;
  SampleBlock next_;
  bool waiting_ = false;  // next_ is filled but not yet due
  std::chrono::steady_clock::time_point started_;

  mutable std::mutex mutex_;
  SourceInfo info_;
  SourceHealth health_;
};

}  // namespace auscult::audio
