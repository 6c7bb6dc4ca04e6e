// The text formats of `auscult score`: a header, then a text for each recording, in order. Thread rule: one object, one
// thread. Times in seconds of the recording.
#pragma once

#include <string>

#include "auscult/error.h"
#include "model/model.h"
#include "scoring/recording_score.h"

namespace auscult::cli {

/// csv, jsonl, audacity or dcase.
class ScoreFormat {
 public:
  /// `model` must outlive it. `spans`: one row for each span of a recording instead of one for the recording.
  /// `step_why`: with jsonl, each mel bin's contribution to each energy.
  ScoreFormat(std::string format, const Model& model, bool spans, bool step_why);

  /// Whether the format shows each energy: ScoreFileOptions::keep_steps and why are needed.
  bool needs_steps() const { return format_ == "jsonl"; }
  std::string header() const;
  std::string scored(const std::string& file, const RecordingScore& recording);
  std::string failed(const std::string& file, const Error& error) const;

 private:
  /// What one row is about. Without a score, no detector produced an energy.
  struct Row {
    const std::string& file;
    const ClipScore* score;
    int events;
    double start_s, end_s;
  };
  std::string row(const Row& row) const;
  std::string csv(const Row& row) const;
  std::string jsonl(const Row& row) const;
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
