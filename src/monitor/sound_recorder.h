// Collects what the frontend hears into clips and writes them. Clips are 32-bit float WAV: what is learned is what was
// heard, to the bit, whatever the input's resolution (16 bits would put a floor under the quiet bands that the live
// sound does not have). Each clip appears complete or not at all, so a crash costs the ten seconds under way. Thread
// rule: start, stop and status from any thread, push and gap from the analysis thread (they copy, no more), store from
// the storage thread, which alone touches the disk.
#pragma once

#include <deque>
#include <mutex>
#include <span>

#include "monitor/recording.h"

namespace auscult {

class SoundRecorder {
 public:
  explicit SoundRecorder(int sample_rate);

  /// Ignored while a recording is under way.
  void start(std::filesystem::path folder);
  void stop();
  RecordingStatus status() const;

  /// By which what is pushed next was multiplied: a sample that clipped is no larger or smaller for it.
  void set_gain(double factor);
  void push(std::span<const float> samples);
  /// `lost` samples are missing here: the clip ends.
  void gap(std::int64_t lost);

  /// Writes all that waits.
  void store();

 private:
  struct Clip {
    std::filesystem::path path;
    std::vector<float> samples;
  };
  void end_clip();
  void end_second();
  std::optional<Clip> next_clip();
  void stored(const Status& outcome);
  Status write(const Clip& clip) const;

  const int rate_;
  mutable std::mutex mutex_;  // held for copies only, never over a write
  RecordingStatus status_;
  bool make_folder_ = false, writing_ = false;
  int numbered_ = 0;         // clips that have got a name
  std::vector<float> clip_;  // under way
  std::deque<Clip> waiting_;
  std::int64_t kept_ = 0, pushed_ = 0, clipped_ = 0;  // samples
  double energy_ = 0.0;                               // sum of squares of all samples
  LevelMeter second_;
  std::int64_t second_samples_ = 0;
  bool second_lost_ = false;
};

}  // namespace auscult
