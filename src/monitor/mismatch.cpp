#include "monitor/mismatch.h"

#include <cmath>
#include <utility>

#include "base/printed.h"
#include "scoring/sound_report.h"

namespace auscult {
namespace {

// A mean over seconds varies less than the frames whose range the model stores, so a level this far outside means a
// different setup.
constexpr double kLevelMarginDb = 6.0;

void compare_level(const LevelRange& learned, double level, std::vector<Mismatch>& found) {
  if (level < static_cast<double>(learned.off_dbfs)) return;  // the machine is off
  const double below = static_cast<double>(learned.low_dbfs) - kLevelMarginDb - level,
               above = level - static_cast<double>(learned.high_dbfs) - kLevelMarginDb;
  const std::string range =
      printed("In training it was %.0f to %.0f dBFS, now it is %.0f dBFS. ", static_cast<double>(learned.low_dbfs),
              static_cast<double>(learned.high_dbfs), level);
  if (below > 0)
    found.push_back(
        {MismatchKind::too_quiet, "The sound is much quieter than in training.",
         range +
             "Check whether the microphone was moved or the input level reduced. Undo the change, or train again."});
  if (above > 0)
    found.push_back(
        {MismatchKind::too_loud, "The sound is much louder than in training.",
         range + "Check whether the microphone was moved or the input level raised. Undo the change, or train again."});
}

}  // namespace

const char* to_string(MismatchKind kind) {
  switch (kind) {
    case MismatchKind::device:
      return "device";
    case MismatchKind::rate:
      return "rate";
    case MismatchKind::channels:
      return "channels";
    case MismatchKind::too_quiet:
      return "too_quiet";
    case MismatchKind::too_loud:
      return "too_loud";
  }
  return "device";
}

std::vector<Mismatch> mismatches(const Model& model, const SourceInfo& source, std::optional<double> level_dbfs) {
  std::vector<Mismatch> found;
  if (model.purpose == Purpose::demo) return found;
  const TrainingInfo& learned = model.training;
  if (source.live && !learned.device.empty() && !source.name.empty() && learned.device != source.name)
    found.push_back({MismatchKind::device, "The microphone differs from the one used for training.",
                     "The model was trained with \"" + learned.device + "\"; the input is \"" + source.name +
                         "\". Microphones differ in sound: choose the original one, or train again."});
  if (level_dbfs && std::isfinite(*level_dbfs)) compare_level(model.level, *level_dbfs, found);
  if (auto missing = missing_frequencies(model, source.sample_rate))
    found.push_back(std::move(*missing));
  else if (learned.source_rate > 0 && source.sample_rate > 0 && learned.source_rate != source.sample_rate)
    found.push_back(
        {MismatchKind::rate, "The sample rate differs from training.",
         printed("It was %d Hz in training and is now %d Hz. The highest frequencies may differ: choose the original "
                 "rate, or train again.",
                 learned.source_rate, source.sample_rate)});
  if (source.live && !learned.device.empty() && learned.source_channels > 0 && source.channels > 0 &&
      learned.source_channels != source.channels)
    found.push_back(
        {MismatchKind::channels, "The number of channels differs from training.",
         printed(
             "It was %d and is now %d. The selected channel may be a different microphone: check it, or train again.",
             learned.source_channels, source.channels)});
  return found;
}

std::optional<Mismatch> missing_frequencies(const Model& model, int sample_rate) {
  const std::vector<OddSound> odd = odd_sound({.sample_rate = sample_rate, .frames = 0, .channels = {}}, 0, &model);
  if (odd.empty()) return std::nullopt;
  return Mismatch{MismatchKind::rate, odd.front().title, odd.front().advice};
}

}  // namespace auscult
