// Compares the input with the model's training data. Another microphone, rate, number of channels or level makes every
// score unreliable, so the user is warned. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audio/sample_source.h"
#include "model/model.h"

namespace auscult {

enum class MismatchKind { device, rate, channels, too_quiet, too_loud };
const char* to_string(MismatchKind kind);

struct Mismatch {
  MismatchKind kind = MismatchKind::device;
  std::string title;   ///< one sentence for a banner
  std::string advice;  ///< what to do
};

/// The differences, most serious first; empty if there are none. `level_dbfs` is the mean level of about the last ten
/// seconds (Level::rms_dbfs averaged as power); absent if there is too little sound. Below the level at which the
/// machine counts as off, the level is not compared. A demo model is not compared at all, nor is anything that the
/// model does not store (no device if it was trained on files).
std::vector<Mismatch> mismatches(const Model& model, const SourceInfo& source, std::optional<double> level_dbfs);

/// Whether sound of this rate in Hz lacks frequencies that the model analyzes and knows from its training data; its
/// scores are unreliable then. Nothing if it lacks none.
std::optional<Mismatch> missing_frequencies(const Model& model, int sample_rate);

}  // namespace auscult
