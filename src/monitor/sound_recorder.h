// Collects the frontend's input into clips and writes them. Clips are 32-bit float WAV, so that training gets exactly
// the bits that were monitored, whatever the input's resolution (16 bits would put a noise floor under quiet bands that
// live sound does not have). Each clip appears complete or not at all, so a crash loses at most the current ten
// seconds. Thread rule: start, stop and status from any thread; push and gap from the analysis thread (they only copy);
// store from the storage thread, which alone touches the disk.
#pragma once

#include <deque>
#include <mutex>
#include <span>

#include "monitor/recording.h"

namespace auscult {

class SoundRecorder {
 public:
  explicit SoundRecorder(int sample_rate);

  /// Ignored during a recording.
  void start(std::filesystem::path folder);
  void stop();
  RecordingStatus status() const;

  /// Gain of the samples pushed from now on: the clipping level scales with it.
  void set_gain(double factor);
  void push(std::span<const float> samples);
  /// `lost` samples are missing here: the clip ends.
  void gap(std::int64_t lost);

  /// Writes all waiting clips.
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
  mutable std::mutex mutex_;  // held only for copies, never during a write
  RecordingStatus status_;
  bool make_folder_ = false, writing_ = false;
  int numbered_ = 0;         // clips that have a name
  std::vector<float> clip_;  // the current clip
  std::deque<Clip> waiting_;
  std::int64_t kept_ = 0, pushed_ = 0, clipped_ = 0;  // samples
  double energy_ = 0.0;                               // sum of squares of all samples
  LevelMeter second_;
  std::int64_t second_samples_ = 0;
  bool second_lost_ = false;
};

}  // namespace auscult
