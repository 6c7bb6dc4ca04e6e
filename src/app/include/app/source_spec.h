// The input to open, as given on the command line or in the window. Thread rule: plain values.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "audio/pcm_stream.h"
#include "audio/sample_source.h"
#include "monitor/live_monitor.h"

namespace auscult {

struct SourceSpec {
  /// How a recording is delivered.
  enum class Pace {
    real_time,         ///< multiplied by `speed`
    as_fast_as_taken,  ///< as fast as the reader takes it
  };
  std::string device = {};               ///< name; empty: the default input
  std::filesystem::path recording = {};  ///< if set: a file or a stream ("-": standard input) instead of a device
  std::optional<RawFormat> raw = {};     ///< of samples without a header in `recording`
  std::optional<std::int64_t> started_ms = {};  ///< of a recording: when it was made, instead of what the file says
  std::optional<int> channel = {};              ///< from 0, or kMeanOfChannels; overrides the model's
  double gain_db = 0.0;
  Pace pace = Pace::real_time;  ///< of a recording
  double speed = 1.0;           ///< of a recording
  bool loop = false;            ///< the recording starts again at its end

  bool live() const { return recording.empty(); }
  /// Sound that is read once, in order, as it arrives.
  bool stream() const;
  /// For display: the device's name or the recording's file name.
  std::string label() const;
};

/// For sound that `model` judges: a device is opened at a rate that covers its frequencies, where it has one. Does not
/// start it: start() reports a missing device or an unreadable file.
std::unique_ptr<SampleSource> make_source(const SourceSpec& spec, const Model& model);

/// Channel and gain of the input, and the time of a recording; the other options keep their defaults.
LiveOptions live_options(const SourceSpec& spec);

}  // namespace auscult
