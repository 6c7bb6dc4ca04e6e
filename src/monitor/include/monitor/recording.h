// State of a recording of the monitored sound: the frontend's input (one channel, the model's rate), in clips of ten
// seconds, as a folder to train on. Thread rule: plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "auscult/error.h"
#include "dsp/level_meter.h"

namespace auscult {

/// Length of a clip; a gap or the end makes it shorter.
inline constexpr double kRecordedClipSeconds = 10.0;
/// Shorter pieces between gaps are dropped, because the slow detector needs two seconds.
inline constexpr double kShortestRecordedClip = 2.5;

enum class RecordingState {
  none,  ///< not requested
  recording,
  finishing,  ///< stopped; the last clip is being written
  finished,   ///< everything is on the disk
  failed,     ///< failed, see error; earlier clips are valid, and monitoring continues
};
const char* to_string(RecordingState state);

/// One second of sound.
struct SecondLevel {
  float rms_dbfs = kSilenceDbfs;
  float peak_dbfs = kSilenceDbfs;
  float clipped = 0.0F;  ///< share of its samples at or beyond full scale, 0-1
  bool lost = false;     ///< samples are missing in it or just before it
};

struct RecordingStatus {
  RecordingState state = RecordingState::none;
  std::filesystem::path folder;
  double seconds = 0.0;          ///< recorded so far, including what is not yet on the disk
  double dropped_seconds = 0.0;  ///< pieces between gaps that were too short
  int clips = 0;                 ///< complete on the disk
  double stored_seconds = 0.0;   ///< in these clips
  int sample_rate = 0;           ///< Hz, of the clips
  std::int64_t lost = 0;         ///< samples (at that rate) that never arrived
  std::int64_t gaps = 0;
  double clipped_share = 0.0;                               ///< of all samples, 0-1
  float rms_dbfs = kSilenceDbfs, peak_dbfs = kSilenceDbfs;  ///< over all of it
  std::vector<SecondLevel> levels;                          ///< second by second, oldest first
  std::optional<Error> error;
};

}  // namespace auscult
