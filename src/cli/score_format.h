// The text formats of `auscult score`: a header, then a text for each recording, in order. Thread rule: one object, one
// thread. Times in seconds of the recording.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "auscult/error.h"
#include "model/model.h"
#include "scoring/recording_score.h"

namespace auscult::cli {

/// Takes a piece of text.
using TextSink = std::function<void(std::string_view)>;

/// csv, jsonl, audacity or dcase.
class ScoreFormat {
 public:
  /// `model` must outlive it. `spans`: one row for each span of a recording instead of one for the recording.
  /// `step_why`: with jsonl, each mel bin's contribution to each energy.
  ScoreFormat(std::string format, const Model& model, bool spans, bool step_why);

  /// Whether the format shows each energy: ScoreFileOptions::spool_steps and why are needed.
  bool needs_steps() const { return format_ == "jsonl"; }
  std::string header() const;
  /// In pieces, because the rows of a long recording may be larger than the memory.
  void scored(const std::string& file, const RecordingScore& recording, const TextSink& sink);
  std::string failed(const std::string& file, const Error& error) const;
  /// Seconds of recordings that were written by an earlier run.
  void set_offset(double seconds) { offset_ = seconds; }

 private:
  /// What one row is about. Without a score, no detector produced an energy.
  struct Row {
    const std::string& file;
    const ClipScore* score;
    std::vector<StepRange> steps;  ///< of each detector, if the format shows them
    int events;
    double start_s, end_s;
  };
  void row(const Row& row, const RecordingScore& recording, const TextSink& sink) const;
  std::string csv(const Row& row) const;
  void jsonl(const Row& row, const RecordingScore& recording, const TextSink& sink) const;
  std::string audacity(const Row& row) const;

  std::string format_;
  const Model* model_;
  bool spans_, step_why_;
  double offset_ = 0.0;  // seconds of the recordings so far
};

/// One line of the DCASE format: file name without folders, value.
std::string dcase_line(const std::string& file, const std::string& value);
/// The shortest text that parses to the same number.
std::string exact(double value);

}  // namespace auscult::cli
