// Does what is heard now fit what the model learned? Another microphone, rate, channel count or loudness makes every
// score doubtful, and the user ought to know. Thread rule: pure functions.
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

/// What does not fit, most serious first; empty when all does. `level_dbfs` is the mean level of the last ten seconds
/// or so (Level::rms_dbfs averaged as power); absent while too little was heard. Below the level at which the machine
/// counts as off, loudness is no mismatch. A demo model fits nothing and is not compared. What a model does not know
/// (no device: it learned from files) is not compared either.
std::vector<Mismatch> mismatches(const Model& model, const SourceInfo& source, std::optional<double> level_dbfs);

}  // namespace auscult
